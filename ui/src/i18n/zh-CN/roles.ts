export default {
  hint: '角色由页面、操作和数据范围组成；账号拥有其全部角色的合集，任何人都不能授予自己没有的权限。', create: '新建角色', search: '名称或代码',
  name: '名称', code: '代码', code_hint: '供其他系统识别，例如 ROLE_AUDITOR；留空则按编号生成。', scope: '数据范围', permissions: '权限数', accounts: '账号数', second_factor: '二次验证', modified_at: '修改时间', modified_by: '修改人',
  builtin: '内置', builtin_hint: '内置角色的授权固定，仅可设置二次验证；可复制为自定义角色。', shared: '全部组织', shared_for_all: '供全部组织使用', required: '必须', second_factor_required: '必须二次验证', second_factor_hint: '持有此角色的账号登录时还须使用身份验证器或通行密钥。',
  name_missing: '请输入名称。', copy: '复制', copy_title: '复制自 {name}', copy_text: '副本沿用相同的数据范围和授权（限您自己拥有的部分）。', created: '角色 {name} 已创建', deleted: '角色 {name} 已删除',
  delete_title: '删除此角色？', delete_affected: '将删除该角色及其 {n} 项权限，且无法恢复。', delete_blocked: '有 {n} 个账号持有此角色，请先移除。',
  tab: { grants: '授权', holders: '谁拥有' }, navigation: '导航', operations: '操作', departments: '部门', departments_choose: '选择部门',
  scopes: { all: '整个组织', custom: '指定部门', department: '所在部门', department_and_below: '所在部门及下级', self: '仅本人' },
  scope_texts: { all: '全部账号和部门', custom: '含其下级部门', department: '持有者所在部门的人员', department_and_below: '含其全部下级部门', self: '持有者自己的账号' }, scope_hint: '持有者可见的数据；有多个角色时取最宽的范围。',
  not_held: '您自己没有此权限：{what}', pending: '新增 {gained} 项，移除 {lost} 项', scope_changed: '数据范围已更改', unsaved: '未保存的修改', review: '核对并保存', leave: '放弃未保存的修改并离开？',
  diff_title: '本次更改的影响', diff_holders: '有 {n} 个账号持有此角色。', gained: '新增', lost: '移除', shift_gained: '{n} 个账号将获得 {what}', shift_lost: '{n} 个账号将失去 {what}', items: '共 {n} 项：', diff_scope: '数据范围：{before} → {after}', diff_none: '对任何人都没有影响。',
  permission: '权限', permission_title: '谁拥有某项权限', permission_held: '有 {n} 个账号通过 {roles} 个角色拥有：', nobody: '没有账号持有此角色', nobody_text: '可在账号详情中分配，或在账号列表中批量分配。',
}
