export default {
  title: '个人中心', organisation: '组织', roles: '角色', since: '创建时间',
  tab: { profile: '资料', password: '密码', second_factor: '二次验证', token: 'API 令牌', sessions: '会话', preferences: '偏好' },
  password_hint: '修改后其他会话都会退出，当前会话保留。', old: '当前密码', old_missing: '请输入当前密码。', new: '新密码', password_go: '修改密码', password_changed: '密码已修改',
  token: '个人访问令牌', token_hint: '携带此令牌的程序可通过所有 API 以您的身份操作，请像密码一样保管。', token_none: '还没有令牌', token_none_text: '创建后，脚本无需登录即可调用 API。', token_make: '创建令牌', token_made: '新令牌已生成', token_revoked: '令牌已吊销', token_created: '创建于', token_use: '试一试',
  rotate: '更换令牌', revoke: '吊销', rotate_warning: '当前令牌将立即失效，所有使用它的程序都需要换成新令牌。', revoke_warning: '所有使用该令牌的程序将立即无法访问。',
  sessions_hint: '您当前登录的位置。如有不认识的会话，请结束它并修改密码。', this_session: '当前会话', signed_in: '登录于', last_used: '最近使用', end: '结束', end_others: '结束其他 {n} 个会话', session_ended: '会话已结束', sessions_ended: '其他会话已全部结束',
  totp_hint: '启用后，登录时还需输入身份验证器中的验证码；程序请改用个人访问令牌代替密码。', totp_start: '启用二次验证', totp_scan: '用身份验证器应用扫描此二维码。', totp_type: '无法扫描？手动输入密钥', qr: '身份验证器密钥的二维码', secret: '密钥',
  totp_code: '输入应用显示的 6 位验证码', code_missing: '请输入应用显示的 6 位数字。', totp_confirm: '启用', totp_on: '二次验证已启用', totp_is_on: '二次验证已启用。', totp_off: '二次验证已关闭', totp_stop: '关闭', stop_warning: '关闭后仅凭密码即可登录。请输入密码确认。',
  codes: '恢复码', codes_hint: '每个恢复码可代替验证码使用一次。请妥善保存：只显示这一次。', codes_new: '重新生成恢复码', codes_warning: '现有恢复码将失效。请输入密码确认。', codes_of: '{name} 的恢复码 {host}', codes_kept: '我已保存', download: '下载', print: '打印',
  preferences_hint: '保存在当前浏览器中。',
}
