export default {
  hint: '授权的依据：权限，或任意 API 的调用路径；调用等同于它所需的权限。', create: '新建资源', create_below: '新建下级', search: '名称、权限或路径', name: '名称', name_missing: '请输入名称。', type: '类型', types: { api: '操作', button: '按钮', group: '分组' }, parent: '上级', top: '顶层',
  url: '权限或调用', url_hint: '权限如 account.read，或路径如 POST /v1/roles；以 /** 结尾表示其下全部。留空为分组。', permissions: '对应权限', no_permissions: '无：没有 API 使用此路径',
  created: '资源 {name} 已创建', moved: '已移动 {name}', deleted: '资源 {name} 已删除', delete_title: '删除此资源？', delete_affected: '删除后不能再授权，且无法恢复。', delete_builtin: '系统自带的资源不能删除。', delete_children: '其下有 {n} 个资源，请先移动或删除。', see_refusals: '最近谁被拒绝了？',
  test: {
    title: '测试请求', hint: '判断请求是否会被放行，不会真正调用。', method: '方法', path: '路径', who: '身份', as_role: '以角色', as_account: '以账号', who_missing: '请选择角色或账号。', go: '测试',
    public: '放行：无需登录', allowed: '放行', refused: '拒绝', needs: '需要：{what}', missing: '缺少：', givers: '可授予的角色：', no_givers: '您可见的角色均不授予。', objects: '仅就权限而言；调用者不可见的对象仍会被拒绝。',
  },
}
