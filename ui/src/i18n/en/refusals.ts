export default {
  hint: 'Why was somebody refused? The calls that failed lately for want of a right, what was missing, and which roles give it.', at: 'When', account: 'Account', application: 'an application', call: 'Call', missing: 'Missing', givers: 'Roles that give it', text: 'What the caller was told', dialect: 'API',
  empty: 'Nobody was refused lately', empty_text: 'The newest 200 refusals are kept here.',
}
