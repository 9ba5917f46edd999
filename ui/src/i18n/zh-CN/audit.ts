export default {
  retention: '保留期限', retention_text: '更早的记录会被清除，清除处留有签名的检查点，其余记录仍可校验。清除后无法恢复，如有需要请先导出或备份。', retention_for: '适用于', retention_all: '整个系统', retention_days: '天数', retention_short: '至少 30 天，或填 0。', retention_ever: '永久保留。', retention_cut: '将清除 {n} 条记录（截至 {until}）。', retention_none: '目前不会清除任何记录。', retention_agree: '我知道清除后无法恢复。', retention_saved: '保留期限已保存', retention_clear: '使用系统设置', days_n: '{n} 天', was_cut: '按 {days} 天期限已清除 {n} 条', capped: '查找范围较大，已暂停。', further: '继续向前查找', newest: '回到最新', object_filter: '对象，例如 account/12', show_object: '查看 {name}',
  beginnings: '搜索按词的开头匹配：“ruoxi”能找到 lin.ruoxi，“uoxi”则不能。',
  title: '操作日志', hint: '何人、何时、从何处做了什么。日志以哈希链相连，任何篡改或删除都能被发现。', search: '名称、编号、原因等的开头', verify: '校验日志链', empty: '暂无记录', empty_text: '每次变更和登录都会记录在这里。', from: '从', to: '至',
  field: { at: '时间', account: '操作人', action: '操作', object: '对象', outcome: '结果', address: '地址', dialect: 'API', request_id: '请求编号', tenant: '组织', reason: '原因', call: '调用', user_agent: '客户端', id: '记录' },
  outcome: { ok: '成功', refused: '被拒绝', failed: '失败' },
  changes: '变更内容', before: '原值', after: '新值', hidden: '已变更，不记录具体值', params: '参数', verifying: '正在重新计算所有哈希…', whole: '日志完整：已校验 {n} 条记录。', sealing: '最新的记录会在五分钟内封存，封存后参与校验。', broken: '日志被篡改或已损坏。', chain: '日志链', blocks: '区块', entries: '记录', result: '结果', chain_ok: '完整', installation: '系统',
  phrase: '{verb}{object}',
  object: { role: '角色', menu: '菜单', resource: '资源', notice: '站内信', avatar: '头像', template: '消息模板', backup: '备份', dialect: 'API 接口', session: '会话', account: '账号', organisation: '组织', channel: '渠道', company: '企业', department: '部门', application: '应用', segment: '号段', outbox: '发件箱', cloud: '云存储', audit: '操作日志', message: '消息', setup: '初始化', system: '系统', token: 'API 令牌', sample: '示例数据', secondary: '子账号' },
  verb: {
    grant: '授权', send: '发送', withdraw: '撤回', upload: '上传', reset: '重置', download: '下载', request: '请求', switch: '开关', create: '创建', update: '修改', delete: '删除', enable: '启用', disable: '停用', offline: '强制下线', read: '查看', verify: '校验', export: '导出', rotate: '更换', revoke: '吊销', move: '移动', freeze: '冻结', unfreeze: '解冻', load: '载入', drop: '移除', remove: '移除', follow: '关注', unfollow: '取消关注', test: '测试', end: '结束', refresh: '续期',
  },
  action: {
    cloud_replace: '修改存储桶', cloud_move: '继续迁移文件', cloud_stop: '停止迁移文件',
    session_end_everyone: '结束全部会话', session_create: '登录', session_end: '结束会话', session_end_all: '强制下线', session_end_others: '结束其他会话', session_switch_tenant: '切换组织', session_refresh: '会话续期', account_sign_up: '注册', account_create_secondary: '开通子账号', account_send_code: '发送验证码', account_change_password: '修改密码', account_set_password: '设置密码', account_password: '设置密码', account_own_password: '修改密码', account_reset_password: '重置密码', account_forgot_password: '申请重置密码', account_totp_start: '开始设置二次验证', account_totp_on: '启用二次验证', account_totp_confirm: '启用二次验证', account_totp_off: '关闭二次验证', account_totp_stop: '关闭二次验证', account_recovery_codes: '重新生成恢复码', account_reset_link: '生成重置链接', application_check: '应用登录', setup_complete: '系统初始化', message_test: '测试消息网关', audit_retention: '日志保留期限', audit_cut: '清除旧日志', system_verify: '校验存储', seal_rotate: '开始更换主密钥', seal_rotated: '主密钥已更换', audit_verify: '校验日志链',
  },
}
