export default {
  signin: {
    elsewhere: 'Or sign in with', directory: 'Enter your user name and password of {name}.', go_on: 'Go on', refused: { source_refused: 'You were not let in. An administrator finds the reason in the operation log.', source_lost: 'This sign-in was not begun in this browser, or too long ago. Begin again.', source_down: 'The system that you sign in with can’t be reached at the moment. Try again later.', source_taken: 'An account here already has your user name, e-mail or phone. Sign in to it and link it in your personal centre, or ask an administrator.', other: 'The sign-in did not succeed. Try again.' },
    passkey: 'Sign in with a passkey', passkey_none: 'No passkey was shown. Sign in with your password, then add one in your personal centre.',
    title: 'Sign in', login: 'User name, e-mail or phone', password: 'Password', go: 'Sign in', register: 'Register', forgot: 'Forgot password?',
    login_missing: 'Enter your user name, e-mail or phone.', password_missing: 'Enter your password.', code_title: 'Second factor', code: 'Code', code_hint: 'Enter the 6-digit code of your authenticator, or one of your recovery codes.',
    unset: 'This installation has not been set up yet. Open the one-time link that the server printed at start.',
  },
  setup: {
    title: 'Set up stoa', hint: 'Create the super administrator of this installation.', token: 'One-time link or token', token_hint: 'The server prints it at start; it is valid for 15 minutes. Restart the server for a new one.',
    token_missing: 'Paste the one-time link that the server printed at start.', name: 'User name', name_missing: 'Choose a user name.', email: 'E-mail', phone: 'Phone', password: 'Password', repeat: 'Repeat the password', repeat_differs: 'The two passwords differ.',
    sample: 'Load sample data', sample_hint: 'Two example organisations with accounts, marked as samples; removable in one step.', go: 'Create and sign in', done: 'This installation is already set up.', to_sign_in: 'Go to sign-in',
  },
  register: {
    title: 'Register', hint: 'Only organisations open for registration are listed.', tenant: 'Organisation', tenant_choose: 'Choose an organisation', tenant_missing: 'Choose an organisation.', name: 'User name', name_missing: 'Choose a user name.',
    phone: 'Phone', phone_missing: 'Enter your phone number.', code: 'SMS code', code_missing: 'Enter the 6-digit code from the SMS.', send: 'Send code', again: 'Send again', again_in: 'Again in {n} s', sent: 'A code is on its way to this phone.',
    password: 'Password', go: 'Register', done: 'The account {name} is ready.', to_sign_in: 'Go to sign-in', closed: 'No organisation is open for registration. Ask your administrator for an account.', have_account: 'I already have an account',
  },
  forgot: { title: 'Forgot password', hint: 'We send a link to the e-mail or phone of the account.', go: 'Send link', sent: 'If there is such an account with an e-mail or phone, a link is on its way. It is valid for a short time and works once.', back: 'Back to sign-in' },
  reset: { title: 'New password', hint: 'All your sessions end with the change.', password: 'New password', go: 'Set password', done: 'Your password is changed.', no_token: 'This link is incomplete. Open it again exactly as it was sent.', ask_again: 'Ask for a new link' },
}
