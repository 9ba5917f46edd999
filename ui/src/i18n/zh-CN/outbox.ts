export default {
  title: '发件箱', hint: '未配置网关时消息保留在此，便于封闭网络内人工转达验证码。每次查看都会记录，过期自动删除。',
  channel: '渠道', to: '收件人', purpose: '用途', body: '内容', state: '状态', created_at: '创建时间', expires_at: '过期', sms: '短信', email: '邮件', secret: '重置链接，不对任何人显示', empty: '发件箱为空', empty_text: '短信验证码和邮件会保留在这里直到过期。',
  is: { kept: '已保留', queued: '排队中', sent: '已发送', failed: '失败' }, for: { sign_up_code: '注册验证码', sign_in_code: '登录验证码', phone_code: '手机号确认', email_code: '邮箱确认', password_reset: '重置密码', account_notice: '开户通知', test: '测试' },
}
