export default {
  shell: {
    product: 'stoa', skip: '跳到正文', menu: '打开导航', navigation: '主导航', account_menu: '{name} 的账号菜单',
    language: '语言', theme: '外观', theme_system: '跟随系统', theme_light: '浅色', theme_dark: '深色',
    profile: '个人中心', preferences: '偏好', sign_out: '退出登录', palette: '搜索或跳转…', keys: '键盘快捷键',
    tenant: '当前组织', tenant_switch: '切换组织', tenant_home: '所属组织', tenant_search: '搜索组织', tenant_switched: '已切换到 {name}',
    http_banner: '当前连接未加密，密码可能在网络中被读取。除封闭网络外，请配置 TLS。', http_close: '本次会话不再提示',
    denied_title: '您没有访问此页面的权限', denied_text: '需要权限“{permission}”。请联系所在组织的管理员授予相应角色。',
    missing_title: '页面不存在', missing_text: '地址可能有误或已失效。', go_home: '返回首页',
    needs_factor: '您的角色要求二次验证，请先设置，或出示通行密钥。', must_change: '当前密码由他人设置，请先改为您自己的密码。',
    failed_title: '控制台启动失败',
  },
  live: { live: '实时', reconnecting: '重新连接中', stale: '数据可能过期', off: '实时更新已关闭', live_hint: '列表会自动刷新', stale_hint: '无法连接服务器，显示的内容可能不是最新' },
  nav: {
    sources: '登录来源', links: '外部链接', elsewhere: '其他系统', opens_tab: '在新标签页打开',
    home: '首页', files_group: '文件', buckets: '存储空间', accesskeys: '访问密钥', people: '人员', accounts: '账号', organisations: '组织与部门', posts: '岗位', grades: '职级', records: '记录', audit: '操作日志', outbox: '发件箱', notices: '站内信', templates: '消息模板',
    resale: '渠道与公司', companies: '公司', channels: '渠道', statements: '月度账单',
    integration: '集成', segments: '号段', storage: '云存储', applications: '应用', operation: '运维', apis: 'API 接口', backups: '备份', system: '系统', tasks: '后台任务', me: '个人中心',
    rights: '权限', roles: '角色', menus: '菜单', resources: '资源', refusals: '拒绝记录', departments: '部门', uploads: '文件上传', interfaces: '接口', dialects: '接口用量',
  },
  palette: { title: '命令面板', hint: '页面、操作、记录…', pages: '页面', actions: '操作', accounts: '账号', departments: '部门', organisations: '组织', roles: '角色', posts: '岗位', grades: '职级', segments: '号段', applications: '应用', searching: '搜索中…', none: '没有找到“{q}”', move: '移动', open: '打开', close: '关闭', new_account: '新建账号', new_role: '新建角色', test_request: '以角色测试请求', new_organisation: '新建组织', new_application: '新建应用', new_segment: '新建号段', buckets: '存储空间', new_bucket: '新建存储空间', new_key: '新建访问密钥', to_dark: '切换到深色', to_light: '切换到浅色', other_language: 'Switch to English', docs: 'API 文档' },
  keys: { title: '键盘快捷键', palette: '打开命令面板', search: '跳到列表搜索框', help: '显示本列表', go_home: '首页', go_accounts: '账号', go_organisations: '组织与部门', go_audit: '操作日志', go_me: '个人中心', escape: '关闭当前窗口', then: '然后' },
  reauth: { title: '会话已结束', text: '请输入密码继续，已输入的内容不会丢失。', password: '密码', otp: '身份验证器验证码', go: '继续', leave: '使用其他账号登录' },
}
