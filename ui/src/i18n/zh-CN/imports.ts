export default {
  title: '导入账号', hint: '先检查、后确认：确认之前不会写入任何数据。', steps: '步骤', step: { upload: '选择文件', check: '检查', review: '核对', run: '导入', done: '完成' },
  kind: '文件来源', kinds: { accounts: 'Excel 或 CSV 表格', ruoyi: '若依（RuoYi）', pcloud: 'PCloud', casdoor: 'Casdoor' },
  kind_hint: { accounts: '第一行是列名，中英文均可识别，之后可以调整。', ruoyi: 'sys_user 等表的 SQL 转储、JSON、Excel 或 CSV 导出；部门、角色和岗位随表一并读取。', pcloud: 'user、dept、role 等表的 JSON、SQL 转储、Excel 或 CSV 导出。', casdoor: '用户、群组和组织的 JSON 或 Excel 导出；内置组织 built-in 会跳过。' },
  file: '文件', choose: '选择文件', drop: '或把文件拖到这里', limits: '最大 32 MiB，最多 100,000 行', too_large: '文件超过 32 MiB，请拆分。', template: '下载模板', keep_ids: '保留文件中的编号', keep_ids_hint: '之后新建账号的编号从更大的数开始。', upload: '上传并检查', uploading: '上传中…',
  checking: '正在检查文件，不会写入任何数据。', columns: '列对应关系', column: '文件中的列', sample: '第一行的值', field: '对应字段', no_field: '不导入', again: '重新检查', unmapped: '请指出哪一列是用户名或手机号。',
  rows: '共 {n} 行', good: '{n} 行可以导入', bad: '{n} 行有错误', skipped: '{n} 行已跳过（原系统中已删除或为其内置账号）', units: '文件含 {n} 个部门，缺少的会创建',
  problems: '错误', row: '行', value: '值', reason: '原因', first: '仅显示前 {n} 条', report: '下载完整报告', skip: '跳过有错误的行', confirm: '导入 {n} 个账号', nothing: '没有可以导入的行，请修改文件后重新上传。', restart: '换一个文件',
  running: '正在导入，可以离开本页。', so_far: '已创建 {made} 个，拒绝 {failed} 行', cancel: '取消导入', cancel_hint: '已经创建的账号会保留。', finished: '导入完成', made: '已创建 {n} 个账号', refused: '{n} 行被拒绝', to_accounts: '查看账号', another: '再导入一个文件',
  failed: '未能完成', stopped: '已取消', retry: '重试', gone: '该导入已被清除。', all_good: '没有发现错误。', whole: '整个文件',
  fields: { id: '编号', name: '用户名', nickname: '昵称', email: '邮箱', phone: '手机号', department: '部门', roles: '角色', state: '状态', telephone: '电话', duty: '职务', enterprise: '单位', division: '科室', password: '密码', password_hash: '密码散列', password_scheme: '散列算法', password_salt: '密码盐' },
  background: '已在后台开始导出，完成后可在“后台任务”中下载。',
}
