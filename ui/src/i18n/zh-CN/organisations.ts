export default {
  title: '组织与部门', hint: '组织之间的账号和数据相互隔离；部门用于管理组织内的人员。', tree: '组织与部门树', search: '查找组织或部门',
  new_organisation: '新建组织', new_department: '新建部门', new_below: '新建下级部门', drag_hint: '拖动部门到其他部门上即可移动，拖到其上边缘则排在它之前；也可以点“编辑”选择上级。',
  id: '编号', name: '名称', name_missing: '请输入名称。', accounts: '账号', accounts_n: '{n} 个账号', with_below: '含下级共 {n} 个', departments: '部门', manager: '负责人', established: '成立日期', parent: '上级', created: '创建时间', modified: '修改', below: '直接下级', path: '所在位置',
  open: '开放注册', frozen: '已冻结', sign_up: '开放注册', sign_up_hint: '允许他人通过短信验证码自行注册到本组织。', freeze: '冻结', freeze_hint: '冻结期间 {n} 个账号无法登录，现有会话将结束，不会删除任何数据。',
  created_one: '{name} 已创建', moved: '{name} 已移动到 {to}', deleted: '{name} 已删除',
  delete_organisation: '删除组织？', delete_department: '删除部门？', delete_affected: '影响：{accounts} 个账号，{departments} 个直接下级部门。', delete_blocked: '其下还有 {accounts} 个账号和 {departments} 个部门，暂不能删除，请先移动或删除它们。',
  view: '视图', as_tree: '树形', as_chart: '架构图', chart: '组织架构图', chart_hint: '方向键移动，空格展开或收起，+ 和 − 缩放。', zoom_in: '放大', zoom_out: '缩小', zoom_fit: '适应宽度', ordered: '已调整 {name} 的顺序',
  members: '成员', members_below: '包含所有下级', members_none: '还没有成员。请在账号详情中选择该部门。', outside: '不在管辖范围', outside_text: '您管辖的部门在其下级，因此仅显示名称。',
}
