export default {
  hint: '查明为什么被拒绝：最近因缺少权限而失败的调用、缺少的权限，以及可授予的角色。', at: '时间', account: '账号', application: '应用', call: '调用', missing: '缺少', givers: '可授予的角色', text: '返回的提示', dialect: '接口',
  empty: '最近没有人被拒绝', empty_text: '这里保留最近 200 条拒绝记录。',
}
