export default {
  title: 'Message texts', hint: 'The texts of short messages and e-mails, by purpose and language.', purpose: 'Message', language: 'Language', body: 'Text', subject: 'Subject of e-mails', name: 'Name', state: 'State', modified_at: 'Changed', changed: 'Changed', builtin: 'As delivered', active: 'In use',
  values: 'Values', needed: 'The text must have it', preview: 'Preview with sample values', reset: 'Back to the delivered text', was_reset: 'The delivered text is back',
}
