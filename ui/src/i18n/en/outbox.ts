export default {
  title: 'Outbox', hint: 'Messages kept because no gateway is configured, so that closed networks can pass codes on by hand. Each reading is recorded; messages go at expiry.',
  channel: 'Channel', to: 'To', purpose: 'Purpose', body: 'Message', state: 'State', created_at: 'Created', expires_at: 'Expires', sms: 'SMS', email: 'E-mail', secret: 'A reset link: shown to nobody', empty: 'The outbox is empty', empty_text: 'SMS codes and e-mails appear here until they expire.',
  is: { kept: 'Kept', queued: 'Queued', sent: 'Sent', failed: 'Failed' }, for: { sign_up_code: 'Registration code', sign_in_code: 'Sign-in code', phone_code: 'Phone confirmation', email_code: 'E-mail confirmation', password_reset: 'Password reset', account_notice: 'Notice of a new account', test: 'Test' },
}
