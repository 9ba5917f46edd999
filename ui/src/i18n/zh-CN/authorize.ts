export default {
  authorize: {
    title: '登录 {name}', waiting: '请稍候', waiting_hint: '正在跳转。', as: '当前账号：', other: '换一个账号', wants: '该应用将获得', had: '您之前已授权', allow: '同意并继续', deny: '不同意', revocable: '您可以随时在个人中心的“已授权应用”中收回授权。',
    failed: '无法继续登录', failed_hint: '请返回应用重新开始。如果每次都这样，请联系该应用的管理员。',
    scope: { openid: '确认您的身份', profile: '您的姓名和头像', email: '您的邮箱', phone: '您的手机号', roles: '您的角色和所属组织', offline_access: '在您离开时保持登录' },
    error: { invalid_request: '应用发来的请求无法识别。', invalid_client: '该应用不存在，或目前不能用于登录。', invalid_redirect_uri: '应用请求返回的地址没有登记。', temporarily_unavailable: '请求过多，请稍后再试。' },
  },
  farewell: { title: '退出登录？', asked: '{name} 请求将您在此处退出登录。', asked_nobody: '您即将在此处退出登录。', go: '退出登录', stay: '保持登录', done: '您已退出登录', again: '重新登录', failed: '未能退出登录', failed_hint: '应用发来的请求无法使用，请从右上角菜单退出。' },
  connected: {
    hint: '您用本账号登录的应用。收回授权后立即生效。', none: '没有已授权的应用', none_text: '用本账号登录其他系统后，会显示在这里。', allowed: '授权于', last: '最近登录', forget: '收回', forget_title: '收回授权？', forget_text: '{name} 将立即退出您的账号，下次登录时会再次询问。', forgotten: '{name} 已退出您的账号', sessions: '正在登录',
  },
}
