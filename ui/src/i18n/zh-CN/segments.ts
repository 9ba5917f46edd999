export default {
  title: '号段', hint: '按业务标识发放唯一且递增的编号。服务器分批预取，任何编号都不会重复发放。', create: '新建号段', search: '业务标识或描述', tag: '业务标识', tag_hint: '可使用文字、数字和 . _ : -，程序凭它取号，创建后不能更改。', tag_missing: '请输入业务标识。',
  first: '起始编号', first_hint: '如需接续其他系统，请填写大于其所有已用编号的数。', max_id: '最大编号', max_id_hint: '当前为 {n}。可以调大，取号随即从新值继续；不能调小。', max_id_wrong: '请输入不小于 1 的整数。',
  step: '步长', step_hint: '服务器每次至少预取的数量。异常停机最多跳过两批编号，一般填 1000。', step_wrong: '请输入 1 到 1,000,000 的整数。', description: '描述', author: '负责人', modified_at: '修改时间', lease: '当前号段余量', left: '剩余 {left} / {size}', resting: '近期未取号', rate: '速率', per_second: '{n} 个/秒',
  draw: '取一个号', draw_hint: '试取一个编号，取出后即视为已用', drawn: '{tag}：{id}', created: '号段 {tag} 已创建', empty: '还没有号段', empty_text: '号段为订单、发票或其他系统的记录发放编号。',
}
