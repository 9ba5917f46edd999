export default {
  title: '应用', hint: '使用独立的编号和密钥登录的程序，不占用个人密码。', create: '新建应用', search: '应用名称', name: '名称', name_missing: '请输入名称。', client_id: '客户端编号', client_secret: '客户端密钥', grants: '权限', created_by: '创建人', created_at: '创建时间', no_grants: '无',
  grants_hint: '只能授予您自己拥有的权限。', empty: '还没有应用', empty_text: '应用让程序无需个人密码即可调用所有 API。', deleted: '{name} 已删除', secret_title: '{name} 的凭据', secret_once: '密钥只显示这一次，请妥善保存。', secret_kept: '我已保存',
  delete_title: '删除应用？', delete_affected: '其会话将结束，使用该凭据的程序将立即失去访问权限。', rotate: '更换密钥', rotate_affected: '当前密钥将立即失效，使用它的程序都需要换成新密钥。',
  grant: {
    account_read: '查看账号', account_create: '创建账号', account_update: '修改账号', account_delete: '删除账号', account_export: '导出账号', secondary_create: '创建子账号', session_end: '结束会话', organisation_read: '查看组织', organisation_write: '管理组织',
    department_read: '查看部门', department_write: '管理部门', role_read: '查看角色', audit_read: '查看操作日志', application_read: '查看应用', application_write: '管理应用', outbox_read: '查看发件箱', system_read: '查看系统状态', tenant_switch: '切换组织', segment_read: '查看号段', segment_write: '管理号段', segment_draw: '取号',
  },
}
