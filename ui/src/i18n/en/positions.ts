export default {
  posts: 'Posts', posts_hint: 'What people do here, one under another. An account can hold several posts; they grant no rights.', grades: 'Grades', grades_hint: 'How high people stand. An account has one grade or none; it grants no rights.',
  search: 'Part of the name', name: 'Name', name_missing: 'Enter a name.', parent: 'Under', top: 'At the top', accounts: 'Accounts', modified_at: 'Changed', modified_by: 'By', open: 'Open', close: 'Close',
  new_post: 'New post', new_below: 'New post below', new_grade: 'New grade', created: '{name} created', deleted: '{name} deleted',
  delete_post: 'Delete the post?', post_affected: 'Affected: {accounts} accounts and {posts} posts directly below.', post_blocked: 'It can’t be deleted while {accounts} accounts hold it and {posts} posts are below it. Change or delete them first.',
  delete_grade: 'Delete the grade?', grade_affected: 'Affected: {accounts} accounts.', grade_blocked: 'It can’t be deleted while {accounts} accounts have it. Change them first.',
  posts_empty: 'No posts yet', posts_empty_text: 'Posts say what people do, such as head of sales; choose them in the account’s drawer.', grades_empty: 'No grades yet', grades_empty_text: 'Grades say how high people stand, such as P5; choose one in the account’s drawer.',
}
