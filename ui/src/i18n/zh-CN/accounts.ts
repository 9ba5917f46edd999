export default {
  title: '账号', hint: '所有可以登录的账号，控制台与各 API 通用。', create: '新建账号', created: '账号 {name} 已创建',
  search: '用户名、昵称、邮箱或手机号', empty: '还没有账号', empty_text: '一个账号用同一密码登录控制台和所有 API。', name_missing: '请输入用户名。',
  field: {
    id: '编号', name: '用户名', nickname: '昵称', state: '状态', online: '在线', roles: '角色', tenant_name: '组织', department_name: '部门', posts: '岗位', grade: '职级', phone: '手机号', email: '邮箱',
    second_factor: '二次验证', last_seen_at: '最近活动', created_at: '创建时间', modified_at: '修改时间', telephone: '电话', duty: '职务', enterprise: '单位', division: '科室',
  },
  state: { active: '正常', disabled: '已停用' }, online: '在线', offline: '离线', must_change: '须修改密码',
  more: '更多信息', roles_choose: '选择角色', roles_self: '自己的角色须由其他管理员修改。', department_none: '不属于任何部门', below: '包含下级',
  password_first: '初始密码', password_hint: '首次登录时必须修改。', password_new: '新密码', password_title: '为 {name} 设置密码', password_go: '设置密码', password_set: '已设置 {name} 的密码',
  password_explain: '该账号的所有会话将结束，下次登录时须设置自己的密码。',
  sessions: '会话', no_sessions: '当前没有登录。', session_end: '结束',
  action: { enable: '启用', disable: '停用', offline: '强制下线', password: '设置密码' },
  done: { enable: '已启用 {n} 个账号', disable: '已停用 {n} 个账号', offline: '已强制下线 {n} 个账号', roles: '已修改 {n} 个账号的角色', move: '已移动 {n} 个账号', delete: '已删除 {n} 个账号' },
  bulk: {
    all: '选择符合条件的全部 {n} 个', matching: '已选择符合条件的全部 {n} 个', more: '更多', roles: '修改角色…', move: '移入部门…', add: '添加的角色', remove: '移除的角色',
    affected: '已选择 {n} 个账号。', affected_matching: '符合筛选条件的账号共 {n} 个（含所有分页）。', summary: '已完成 {done} 个，{refused} 个未更改',
    title: { enable: '启用 {n} 个账号？', disable: '停用 {n} 个账号？', offline: '强制下线 {n} 个账号？', roles: '修改 {n} 个账号的角色', move: '移动 {n} 个账号', delete: '删除 {n} 个账号？' },
    go: { enable: '启用 {n} 个', disable: '停用 {n} 个', offline: '下线 {n} 个', roles: '修改 {n} 个', move: '移动 {n} 个', delete: '删除 {n} 个' },
  },
  delete_title: '删除 {n} 个账号？', delete_affected: '将删除 {n} 个账号及其会话、令牌和二次验证，且无法恢复；如只需禁止登录，请改用停用。', delete_confirm: '删除 {n} 个', delete_word: '删除 {n} 个',
}
