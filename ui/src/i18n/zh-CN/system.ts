export default {
  title: '系统', docs: 'API 文档', openapi: 'OpenAPI 文件', warnings: '需要关注', server: '服务器', version: '版本', uptime: '已运行', tls: '加密', tls_on: 'TLS', tls_off: '未加密 HTTP',
  storage: '存储', driver: '驱动', data_dir: '数据目录', rows: '行数', disk: '磁盘', disk_used: '磁盘已用 {n}%', disk_free: '存储占用 {used}，可用 {free}', rows_unknown: '校验后显示', commits: '提交', commits_n: '启动以来 {n} 次，磁盘同步 {syncs} 次', verify: '校验存储', verify_hint: '重新计算并比对全部索引，期间可正常读写。', verify_ok: '所有索引与数据一致。',
  sample: '示例数据', sample_text: '两个示例组织及其账号，均带有示例标记。', sample_load: '载入示例数据', sample_drop: '移除示例数据', sample_loaded: '示例数据已载入', sample_dropped: '示例数据已移除', sample_affected: '所有带示例标记的组织、部门和账号都将被删除。',
  warning: {
    http_plain: '连接未加密。请在 [tls] 中配置证书和私钥，或在前面使用支持 TLS 的代理。', seal_generated: '主密钥自动生成在数据目录旁。请改存他处：systemd 凭据或密钥文件（[seal] key_file）。', seal_elsewhere: '主密钥已更换。请将新密钥放到服务器读取主密钥的位置，使用旧密钥将无法启动。', sms_outbox: '短信保留在发件箱：未配置短信网关。', email_outbox: '邮件保留在发件箱：未配置邮件服务器。',
    backup_none: '未安排自动备份：请在配置中设置 backup.dir。', backup_failed: '上次备份失败或已损坏，请查看“备份”。',
    gallery_anonymous: 'gallery 接口允许未登录访问。', store_read_only: '存储为只读，变更会被拒绝。', store_little_space: '磁盘空间即将用尽。', store_check_failed: '上次存储校验发现错误，请先备份数据目录。',
  },
}
