export default {
  title: '站内信', hint: '在系统内通知大家的消息。', bell: '站内信', bell_n: '站内信，{n} 条未读', all: '全部站内信', mine: '我收到的', sent: '已发送', search: '标题或内容',
  title_field: '标题', text: '内容', sender: '发信人', from: '来自 {name}', state: '状态', read: '已读', unread: '未读', sent_at: '发送时间', expires_at: '有效期至', reads: '已读', reads_of: '{of} 人中 {n} 人', for: '发给',
  scope: { all: '全体', departments: '部门', roles: '角色', accounts: '账号' }, which: { departments: '选择部门', roles: '选择角色', accounts: '选择账号' },
  read_all: '全部标为已读', marked: '已将 {n} 条标为已读', remove: '移除', removed: '已为您移除，其他人仍可看到', send: '发送站内信', send_now: '发送', choose: '请选择发给谁。', reaches: '将送达 {n} 个账号', title_missing: '请填写标题。', was_sent: '已发送给 {n} 个账号',
  withdraw: '撤回', withdraw_text: '将从所有人处撤回：共 {n} 个账号，其中 {read} 人已读。', withdrawn: '站内信已撤回', empty: '没有站内信', empty_text: '管理员发给您的消息会显示在这里。', none_sent: '还没有发送过', none_sent_text: '可以通知全体、部分部门、某个角色或个人。',
}
