export default {
  title: 'Tasks', one: 'Task', hint: 'What takes longer: imports, exports, moves and deletions. It goes on when you close the page.', title_of: 'Task', state_of: 'State', type_of: 'Type', result: 'Result', owner: 'Started by', me: 'Me', system: 'The system', mine: 'Mine only', created_at: 'Started', finished_at: 'Finished', next_at: 'Next try', expires_at: 'Removed on', attempts: 'Attempts', far: 'Progress', about: '{text} ({name})', why: 'Why it failed', errors: 'Latest failures',
  state: { queued: 'Queued', running: 'Running', retrying: 'To be retried', succeeded: 'Done', dead: 'Failed', stopped: 'Cancelled', stopping: 'Stopping' },
  type: { account_export: 'Export accounts', account_check: 'Check an import file', account_import: 'Import accounts', cloud_move: 'Move files to their buckets', company_purge: 'Delete a company', folder_move: 'Move a folder' },
  doing: { working: 'Working', reading: 'Reading the file', checking: 'Checking', importing: 'Importing', moving: 'Moving', writing: 'Writing the file', purge: 'Deleting', renaming: 'Moving files' }, progress: '{doing} {done} of {total}',
  reason: { attempts: 'All attempts failed.', crashes: 'The process that worked on it was lost three times in a row.' },
  cancel: 'Cancel', retry: 'Try again', remove: 'Delete', remove_hint: 'Delete the task and its result', done: { cancel: 'It was told to stop', requeue: 'Queued again', remove: 'Task deleted' },
  running_mine: 'Your tasks under way: {n}', empty: 'No tasks', empty_text: 'When you export many accounts, import a file or move a large folder, its progress shows here.',
}
