export default {
  title: '消息模板', hint: '短信和邮件的内容，按用途和语言区分。', purpose: '消息', language: '语言', body: '内容', subject: '邮件主题', name: '名称', state: '状态', modified_at: '修改时间', changed: '已修改', builtin: '内置', active: '使用中',
  values: '可用变量', needed: '内容中必须包含', preview: '示例预览', reset: '恢复内置内容', was_reset: '已恢复内置内容',
}
