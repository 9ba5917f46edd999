export default {
  kept: '已有备份', title: '备份', hint: '服务运行期间，按同一时刻完整备份全部数据。', make: '立即备份', plan: '备份计划', last: '最近备份', never: '尚无', next: '下次备份', unplanned: '未安排', every: '间隔', keep: '保留', keep_n: '最新 {n} 份，每日 {daily} 份，每周 {weekly} 份', dir: '目录',
  at: '数据时刻', state: '状态', size: '大小', rows: '行数', kind: '来源', by: '{name}', scheduled: '计划', state_good: '完整', state_failed: '失败', state_damaged: '已损坏', failed: '上次备份失败：{what}', running: '已写入 {n} 条，{size}', waiting: '即将开始。',
  verify: '校验', verified: '备份完整。', damaged: '备份已损坏：{what}', download: '下载', drop: '删除备份', drop_text: '将从服务器删除该文件，且无法恢复。',
  empty: '暂无备份', empty_text: '首份备份将按计划生成，也可立即备份。', no_dir: '未配置备份目录。请在配置中设置 backup.dir 并重启，或在服务器上运行 “stoa backup FILE”。',
  restore: '如何恢复', restore_text: '在服务器上恢复到新目录。写入前会先完整读取备份，恢复后自动校验数据。', key_file: '恢复还需要主密钥 {id}，备份中不含主密钥。请将 {file} 另存他处。', key_outside: '恢复还需要主密钥 {id}，备份中不含主密钥。主密钥来自数据目录之外，请自行保管副本。', manual: '备份手册',
}
