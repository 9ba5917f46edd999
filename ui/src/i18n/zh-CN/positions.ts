export default {
  posts: '岗位', posts_hint: '人员在组织中的职务，可分上下级。一个账号可任多个岗位；岗位不授予权限。', grades: '职级', grades_hint: '人员的级别。一个账号最多一个职级；职级不授予权限。',
  search: '名称的一部分', name: '名称', name_missing: '请填写名称。', parent: '上级岗位', top: '顶级', accounts: '账号', modified_at: '修改时间', modified_by: '修改人', open: '展开', close: '收起',
  new_post: '新建岗位', new_below: '新建下级岗位', new_grade: '新建职级', created: '已创建 {name}', deleted: '已删除 {name}',
  delete_post: '删除该岗位？', post_affected: '涉及 {accounts} 个账号和 {posts} 个直接下级岗位。', post_blocked: '仍有 {accounts} 个账号任此岗位、{posts} 个下级岗位，不能删除。请先调整。',
  delete_grade: '删除该职级？', grade_affected: '涉及 {accounts} 个账号。', grade_blocked: '仍有 {accounts} 个账号为此职级，不能删除。请先调整。',
  posts_empty: '还没有岗位', posts_empty_text: '岗位说明人员的职务，例如销售主管；在账号详情中选择。', grades_empty: '还没有职级', grades_empty_text: '职级说明人员的级别，例如 P5；在账号详情中选择。',
}
