export default {
  title: 'API 接口', hint: '哪些接口已启用、仍有谁在使用。调用记录保留 90 天。', name: '接口', state: '状态', on: '启用', off: '关闭', days: '最近 30 天', calls: '调用次数', last_used: '最近使用', unused: '未使用', chart: '{name}：30 天内调用 {n} 次',
  off_title: '关闭 {name}？', off_used: '最近 7 天有 {n} 个账号使用过，关闭后将立即被拒绝。', off_unused: '最近 7 天没有登录账号使用过。', switch_off: '关闭', switched_on: '{name} 已启用', switched_off: '{name} 已关闭',
  detail: '{name} 的使用情况', summary: '90 天内调用 {calls} 次，涉及 {users} 个账号。', hosts: '绑定主机：{hosts}', switched_by: '由 {name} 切换', routes: '调用', route: '接口', users: '账号数', accounts: '使用者', account: '账号', anonymous: '未登录', nobody: '无人调用。',
}
