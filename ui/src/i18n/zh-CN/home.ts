export default {
  welcome: '您好，{name}', counts: '概览', recent: '最近变更', all_changes: '操作日志', no_changes: '暂无变更', no_changes_text: '人员和程序的变更会实时显示在这里。', nobody: '未登录',
  days: '每日访问', day: '日期', visits: '访问人数', calls: '调用次数', today: '{visits} 人，{calls} 次调用',
  checklist: '后续步骤', do: '去完成', open: '未完成',
  count: { accounts: '账号', online: '当前在线', organisations: '组织', departments: '部门', applications: '应用', sessions: '会话' },
  check: {
    token: '创建个人 API 令牌', password: '设置您自己的密码', second_factor: '启用二次验证保护账号', profile: '完善个人资料', phone: '登记手机号', organisation: '创建第一个组织', organisations: '创建第一个组织', department: '创建第一个部门', departments: '创建第一个部门',
    account: '为同事创建账号', accounts: '为同事创建账号', application: '登记一个应用', applications: '登记一个应用', tls: '启用 TLS 加密连接', messages: '接入短信或邮件网关', message: '接入短信或邮件网关', sms: '接入短信网关', email: '接入邮件服务器',
    backup: '安排备份', master_key: '将主密钥与数据分开保存', sample: '移除示例数据',
  },
}
