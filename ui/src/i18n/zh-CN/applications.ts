export default {
  title: '应用', hint: '使用独立的编号和密钥登录的程序，不占用个人密码。', create: '新建应用', search: '应用名称', name: '名称', name_missing: '请输入名称。', client_id: '客户端编号', client_secret: '客户端密钥', grants: '权限', created_by: '创建人', created_at: '创建时间', no_grants: '无',
  grants_hint: '只能授予您自己拥有的权限。', empty: '还没有应用', empty_text: '应用让程序无需个人密码即可调用所有 API。', deleted: '{name} 已删除', secret_title: '{name} 的凭据', secret_once: '密钥只显示这一次，请妥善保存。', secret_kept: '我已保存',
  delete_title: '删除应用？', delete_affected: '其会话将结束，使用该凭据的程序将立即失去访问权限。', rotate: '更换密钥', rotate_affected: '当前密钥将立即失效，使用它的程序都需要换成新密钥。',
  description: '说明', home: '应用主页', logo: '图标', logo_choose: '选择图片', logo_bad: '请选择不超过 12 kB 的 PNG、JPEG 或 WebP 图片。', state: '状态', states: { normal: '正常', disabled: '停用', frozen: '冻结' }, state_hint: '应用将无法使用，其令牌立即失效。只有超级管理员可以冻结和解冻。', last_use: '最近使用',
  kind: '用途', kinds: { program: '无人值守的程序', web: '供人登录的网站', native: '桌面或手机程序' }, kind_hint: { program: '以自己的身份登录，拥有此处授予的权限。', web: '运行在服务器上并能保管密钥，如 Grafana、GitLab 或自建后台。', native: '无法保管密钥，因此没有密钥，由 PKCE 保护登录过程。' },
  type: { authorization_code: '供人登录', refresh_token: '代为保持登录', client_credentials: '以自己的身份行事', password: '配合个人密码（channel）' }, grant_types: '授权类型',
  redirect_uris: '回调地址', redirect_missing: '请至少填写一个回调地址。', redirect_hint: '每行一个，须完全一致。http://127.0.0.1 与 http://[::1] 允许任意端口。', logout_uris: '退出后返回的地址', everyone: '对其他组织开放', everyone_hint: '否则只有本组织的人可以登录。', trusted: '不询问授权', trusted_hint: '用于自有系统：本组织的人登录时不再询问。', scopes: '授权范围', scopes_hint: '应用可以向用户请求的内容。用户没有的权限不会传递。',
  tab: { settings: '设置', sign_in: '登录', secrets: '密钥', connect: '接入方法', people: '登录的人', interfaces: '接口' },
  secret_public: '该应用没有密钥，仅以 PKCE 证明身份。', secret_made: '当前密钥生成于', old_until: '旧密钥有效至', old_used: '最近使用：', retire: '停用旧密钥', retired: '旧密钥已停用', retire_affected: '仍在使用旧密钥的程序将立即失去访问权限。', overlap: '旧密钥保留时间', overlaps: { 0: '不保留', 1: '1 小时', 24: '1 天', 72: '3 天', 168: '7 天' }, rotate_later: '将生成新密钥。当前密钥在所选时间内继续有效，便于程序切换。',
  connect_hint: '大多数程序只需要发现地址、客户端编号和密钥，其余会自动获取。', discovery: '发现地址', issuer: '签发者', pkce: '必须使用 PKCE（S256），程序有此选项时请打开。', manual: '详见手册。',
  warning: { issuer_derived: '尚未配置 public_url，签发者为推测值：{issuer}。请设置为大家访问本服务器的地址。', issuer_plain: '签发者使用明文 HTTP，密码和令牌可能在途中被读取，请配置 TLS。', issuer_other: '您当前访问的是 {here}，而签发者为 {issuer}。其他系统必须通过签发者的地址访问本服务器。' },
  people: { hint: '允许过该应用登录的人，及其当前会话。', person: '用户', sessions: '登录中', allowed_at: '授权时间', last_used_at: '最近登录', forget: '退出', forget_affected: '该应用将立即退出此账号，下次登录时会再次询问。', forgotten: '{name} 已退出', empty: '还没有人登录', empty_text: '登录过该应用的人会显示在这里。' },
  interface: { hint: '接口是本服务器的一个调用。拥有接口的应用即拥有该调用所需的权限。', create: '新建接口', empty: '还没有接口', empty_text: '用一个调用（如 GET /v1/accounts）新建接口，然后在此勾选。', url: '调用', url_hint: '本服务器的路径，前面写上方法；不写方法则包括该路径的全部方法。', url_missing: '请填写调用的路径。', delete_title: '删除接口？', delete_affected: '之后不能再授予。已被应用使用的接口不能删除。' },
  grant: {
    account_read: '查看账号', account_create: '创建账号', account_update: '修改账号', account_delete: '删除账号', account_export: '导出账号', secondary_create: '创建子账号', session_end: '结束会话', organisation_read: '查看组织', organisation_write: '管理组织',
    department_read: '查看部门', department_write: '管理部门', role_read: '查看角色', audit_read: '查看操作日志', application_read: '查看应用', application_write: '管理应用', outbox_read: '查看发件箱', system_read: '查看系统状态', tenant_switch: '切换组织', segment_read: '查看号段', segment_write: '管理号段', segment_draw: '取号',
  },
}
