export default {
  signin: {
    elsewhere: '其他登录方式', directory: '请输入 {name} 的用户名和密码。', go_on: '继续', refused: { source_refused: '未获准登录，管理员可在操作日志中查看原因。', source_lost: '本次登录不是在此浏览器中发起，或已超时，请重新开始。', source_down: '登录所用的系统暂时无法连接，请稍后再试。', source_taken: '本系统已有账号使用您的用户名、邮箱或手机号。请登录该账号后在个人中心关联，或联系管理员。', other: '登录未成功，请重试。' },
    passkey: '使用通行密钥登录', passkey_none: '未出示通行密钥。请先用密码登录，再到个人中心添加。',
    title: '登录', login: '用户名、邮箱或手机号', password: '密码', go: '登录', register: '注册账号', forgot: '忘记密码？',
    login_missing: '请输入用户名、邮箱或手机号。', password_missing: '请输入密码。', code_title: '二次验证', code: '验证码', code_hint: '请输入身份验证器中的 6 位验证码，或一个恢复码。',
    unset: '系统尚未初始化，请打开服务器启动时打印的一次性链接。',
  },
  setup: {
    title: '初始化 stoa', hint: '创建本系统的超级管理员。', token: '一次性链接或令牌', token_hint: '服务器启动时打印，15 分钟内有效；重启服务器可获得新的链接。',
    token_missing: '请粘贴服务器启动时打印的一次性链接。', name: '用户名', name_missing: '请设置用户名。', email: '邮箱', phone: '手机号', password: '密码', repeat: '再次输入密码', repeat_differs: '两次输入的密码不一致。',
    sample: '载入示例数据', sample_hint: '包含两个示例组织及账号，带有示例标记，可一键移除。', go: '创建并登录', done: '系统已完成初始化。', to_sign_in: '前往登录',
  },
  register: {
    title: '注册账号', hint: '仅列出开放注册的组织。', tenant: '组织', tenant_choose: '请选择组织', tenant_missing: '请选择组织。', name: '用户名', name_missing: '请设置用户名。',
    phone: '手机号', phone_missing: '请输入手机号。', code: '短信验证码', code_missing: '请输入短信中的 6 位验证码。', send: '发送验证码', again: '重新发送', again_in: '{n} 秒后重发', sent: '验证码已发送到该手机号。',
    password: '密码', go: '注册', done: '账号 {name} 已创建。', to_sign_in: '前往登录', closed: '目前没有开放注册的组织，请联系管理员开通账号。', have_account: '已有账号，去登录',
  },
  forgot: { title: '忘记密码', hint: '重置链接将发送到账号的邮箱或手机号。', go: '发送链接', sent: '如果该账号存在且登记了邮箱或手机号，重置链接已发出。链接短时间内有效，仅可使用一次。', back: '返回登录' },
  reset: { title: '设置新密码', hint: '修改后所有会话都会退出。', password: '新密码', go: '设置密码', done: '密码已修改。', no_token: '链接不完整，请按收到的原样重新打开。', ask_again: '重新获取链接' },
}
