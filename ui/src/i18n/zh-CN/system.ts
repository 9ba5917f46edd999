export default {
  title: '系统', docs: 'API 文档', openapi: 'OpenAPI 文件', warnings: '需要关注', server: '服务器', version: '版本', uptime: '已运行', tls: '加密', tls_on: 'TLS', tls_off: '未加密 HTTP',
  storage: '存储', driver: '驱动', data_dir: '数据目录', rows: '行数', disk: '磁盘', disk_used: '磁盘已用 {n}%', disk_free: '可用 {free}，共 {total}', verify: '校验存储', verify_hint: '重新计算并比对全部索引，期间可正常读写。', verify_ok: '所有索引与数据一致。',
  dialects: 'API 接口', dialects_hint: '不再使用的接口可在配置中关闭。', dialect: '接口', enabled: '状态', calls: '调用次数', last_used: '最近使用', on: '启用', off: '关闭',
}
