export default {
  authorize: {
    title: 'Sign in to {name}', waiting: 'One moment', waiting_hint: 'You are being sent on.', as: 'You are signed in as', other: 'not me', wants: 'It will learn and may do', had: 'You allowed it before', allow: 'Allow and go on', deny: 'Do not allow', revocable: 'You can take this back at any time in the personal centre, under connected applications.',
    failed: 'The sign-in can’t go on', failed_hint: 'Go back to the application and begin again. If it happens each time, tell whoever looks after the application.',
    scope: { openid: 'Know who you are', profile: 'Your name and picture', email: 'Your e-mail address', phone: 'Your phone number', roles: 'Your roles and organisation', offline_access: 'Stay signed in when you are away' },
    error: { invalid_request: 'The application sent a request that can’t be read.', invalid_client: 'There is no such application, or it may not sign people in at present.', invalid_redirect_uri: 'The application asked to be answered at an address that it has not registered.', temporarily_unavailable: 'There are too many requests at present. Try again in a minute.' },
  },
  farewell: { title: 'Sign out?', asked: '{name} asks to sign you out here.', asked_nobody: 'You are about to be signed out here.', go: 'Sign out', stay: 'Stay signed in', done: 'You are signed out', again: 'Sign in again', failed: 'You were not signed out', failed_hint: 'The application sent a request that can’t be used. Sign out from the menu at the top right instead.' },
  connected: {
    hint: 'Applications that you sign in to with this account. What you take back, they lose at once.', none: 'No connected applications', none_text: 'When you sign in to another system with this account, it is listed here.', allowed: 'allowed', last: 'last sign-in', forget: 'Take back', forget_title: 'Take back what you allowed?', forget_text: '{name} is signed out of your account at once. It asks you again the next time.', forgotten: '{name} is signed out of your account', sessions: 'signed in now',
  },
}
