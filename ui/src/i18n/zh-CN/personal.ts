export default {
  title: '个人中心', organisation: '组织', roles: '角色', since: '创建时间',
  tab: { profile: '资料', password: '密码', second_factor: '二次验证', passkeys: '通行密钥', token: 'API 令牌', sessions: '会话', preferences: '偏好' },
  password_hint: '修改后其他会话都会退出，当前会话保留。', old: '当前密码', old_missing: '请输入当前密码。', new: '新密码', password_go: '修改密码', password_changed: '密码已修改',
  token: '个人访问令牌', token_hint: '携带此令牌的程序可通过所有 API 以您的身份操作，请像密码一样保管。', token_none: '还没有令牌', token_none_text: '创建后，脚本无需登录即可调用 API。', token_make: '创建令牌', token_made: '新令牌已生成', token_revoked: '令牌已吊销', token_created: '创建于', token_use: '试一试',
  rotate: '更换令牌', revoke: '吊销', rotate_warning: '当前令牌将立即失效，所有使用它的程序都需要换成新令牌。', revoke_warning: '所有使用该令牌的程序将立即无法访问。',
  sessions_hint: '您当前登录的位置。如有不认识的会话，请结束它并修改密码。', this_session: '当前会话', signed_in: '登录于', last_used: '最近使用', end: '结束', end_others: '结束其他 {n} 个会话', session_ended: '会话已结束', sessions_ended: '其他会话已全部结束',
  totp_hint: '启用后，登录时还需输入身份验证器中的验证码；程序请改用个人访问令牌代替密码。', totp_start: '启用二次验证', totp_scan: '用身份验证器应用扫描此二维码。', totp_type: '无法扫描？手动输入密钥', qr: '身份验证器密钥的二维码', secret: '密钥',
  totp_code: '输入应用显示的 6 位验证码', code_missing: '请输入应用显示的 6 位数字。', totp_confirm: '启用', totp_on: '二次验证已启用', totp_is_on: '二次验证已启用。', totp_off: '二次验证已关闭', totp_stop: '关闭', stop_warning: '关闭后仅凭密码即可登录。请输入密码确认。',
  codes: '恢复码', codes_hint: '每个恢复码可代替验证码使用一次。请妥善保存：只显示这一次。', codes_new: '重新生成恢复码', codes_warning: '现有恢复码将失效。请输入密码确认。', codes_of: '{name} 的恢复码 {host}', codes_kept: '我已保存', download: '下载', print: '打印',
  preferences_hint: '保存在当前浏览器中。',
  passkeys_hint: '通行密钥用指纹、面容或设备 PIN 代替密码登录。它不会离开设备，且只在本站有效。', passkeys_none: '还没有通行密钥', passkeys_none_text: '在常用的每台设备上添加一个：比密码更快，也无法被猜到或钓鱼。', passkey_add: '添加通行密钥', passkey_name: '名称', passkey_name_hint: '例如“办公室笔记本”', passkey_name_missing: '请填写名称。', passkey_made: '通行密钥已可用', passkey_removed: '通行密钥已移除', passkey_remove: '移除', passkey_remove_text: '移除“{name}”？移除后不能再用它登录，请同时在设备上删除。', passkey_rename: '重命名', passkey_synced: '多设备同步', passkey_used: '最近使用', passkey_added: '添加于', passkey_broken: '没有添加：请求被取消，或此设备已有您账号的通行密钥。', passkey_unsafe: '浏览器只允许在 https 或 localhost 下使用通行密钥。请联系管理员配置 TLS，或改用该地址打开。',
  factor_show: '立即出示通行密钥', factor_shown: '验证成功，角色权限已生效',
}
