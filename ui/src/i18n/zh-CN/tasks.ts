export default {
  title: '后台任务', one: '任务', hint: '导入、导出、迁移和删除等耗时较长的工作在这里进行，关闭页面不会中断。', title_of: '任务', state_of: '状态', type_of: '类型', result: '结果', owner: '发起人', me: '我', system: '系统', mine: '只看我的', created_at: '创建时间', finished_at: '完成时间', next_at: '下次尝试', expires_at: '清除时间', attempts: '尝试次数', far: '进度', about: '{text}（{name}）', why: '失败原因', errors: '最近的失败',
  state: { queued: '排队中', running: '进行中', retrying: '等待重试', succeeded: '已完成', dead: '已失败', stopped: '已取消', stopping: '正在停止' },
  type: { account_export: '导出账号', account_check: '检查导入文件', account_import: '导入账号', cloud_move: '迁移文件到存储桶', company_purge: '删除公司', folder_move: '移动文件夹' },
  doing: { working: '处理中', reading: '读取文件', checking: '检查', importing: '导入', moving: '迁移', writing: '写入文件', purge: '删除', renaming: '移动文件' }, progress: '{doing} {done} / {total}',
  reason: { attempts: '多次尝试均未成功。', crashes: '处理该任务的进程连续三次中断。' },
  cancel: '取消', retry: '重试', remove: '删除', remove_hint: '删除任务及其结果文件', done: { cancel: '已通知停止', requeue: '已重新排队', remove: '任务已删除' },
  running_mine: '您有 {n} 个任务正在进行', empty: '没有后台任务', empty_text: '导出大量账号、导入文件或移动较大的文件夹时，进度会显示在这里。',
}
