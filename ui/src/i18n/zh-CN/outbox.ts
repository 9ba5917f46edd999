export default {
  title: '发件箱', hint: '未配置网关时消息保留在此，便于封闭网络内人工转达验证码。每次查看都会记录，过期自动删除。',
  channel: '渠道', to: '收件人', purpose: '用途', body: '内容', state: '状态', created_at: '创建时间', expires_at: '过期', sms: '短信', email: '邮件', secret: '重置链接，不对任何人显示', empty: '发件箱为空', empty_text: '短信验证码和邮件会保留在这里直到过期。',
  is: { kept: '已保留', queued: '排队中', sent: '已发送', failed: '失败' }, for: { signup: '注册', login: '登录', reset: '重置密码', password_reset: '重置密码', notify: '通知', secondary: '新建子账号', bind: '绑定手机', phone: '更换手机号', test: '测试' },
}
