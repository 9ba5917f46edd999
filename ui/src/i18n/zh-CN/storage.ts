export default {
  title: '云存储', hint: '用自己的存储桶存放文件：AWS、Ceph、MinIO、OSS、COS 等一切兼容 S3 的服务。', buckets: '存储桶', bucket: '存储桶', health: '状态', used: '文件占用', verified: '连接测试', unverified: '未测试', parts: '{n} 个数据块', add: '添加存储桶', added: '存储桶已启用', no_room: '每个组织最多 {n} 个存储桶。',
  state: { unknown: '尚未使用', up: '正常', limping: '异常', down: '不可用' }, leaving: '移出中',
  url: '地址', url_hint: '主机名或“主机名:端口”（使用 https），或完整地址，如 http://10.20.0.5:9000。', url_missing: '请填写地址。', bucket_missing: '请填写存储桶名称。', access_key: '访问密钥（Access Key）', key_missing: '请填写访问密钥。', access_secret: '密钥（Secret）', secret_missing: '请填写密钥。', secret_kept: '留空则保持不变。',
  more: '地域与寻址方式', region: '地域', region_auto: '自动识别', style: '寻址方式', style_auto: '按主机自动选择', style_path: '存储桶在路径中', style_virtual: '存储桶在主机名前',
  test: '测试连接', works: '可以使用：列举、写入、读取、删除共 {n} 毫秒', works_named: '{name} 可以使用：列举、写入、读取、删除共 {n} 毫秒', works_not: '无法使用',
  reason: {
    unreachable: '服务器没有应答，请检查地址和防火墙。', certificate: '服务器证书与该地址不符。', foreign: '对方不是 TLS 上的 S3 服务。若只支持 HTTP，请在地址前加上 http://。', no_bucket: '该存储桶不存在。', bad_key: '对方不认识该访问密钥。', bad_secret: '密钥与访问密钥不匹配。', denied: '该密钥权限不足：需要列举存储桶，以及读、写、删除对象的权限。', skewed: '两台服务器的时间相差过大。', region: '存储桶位于其他地域，请在“地域与寻址方式”中填写。', full: '对方空间不足或配额已用完。', busy: '对方请求过于频繁。', failed: '对方服务器内部出错。', refused: '不允许访问该地址。运维人员可在配置的 egress.allow 中放行。',
  },
  remove: '移出存储桶', removed: '存储桶已移出，其中的文件正在迁移', remove_text: '其中 {n} 个数据块（{size}）将在后台迁移到其他存储桶。迁移完成前请保持密钥有效。', remove_last: '这是最后一个存储桶：其中 {n} 个数据块（{size}）将在后台迁回本机。迁移完成前请保持密钥有效。',
  move: '文件迁移', move_state: { settled: '文件均已就位', moving: '正在迁移文件', waiting: '迁移正在等待存储桶恢复', paused: '迁移已停止' }, moving_out: '其他位置的文件正迁移到当前的存储桶，期间读写不受影响。', moving_home: '文件正在迁回本机，期间读写不受影响。', moved: '已迁移 {done} / {of}，剩余 {left} 个数据块', waits: '有存储桶没有应答，状态见下表；恢复后会自动继续。', lost: '{n} 个数据块无法迁移：内容缺失或损坏。原有副本会保留，请从备份恢复。', stop: '停止', begin: '继续',
  empty: '文件存放在本机', empty_text: '添加自己的存储桶后，新文件会存放到那里，已有文件在后台迁移。', appliance: '本机存放 {size}，共 {n} 个数据块；数据库中的小文件不计在内。',
  explain: '文件如何存放', explain_1: '新文件均匀分布到各存储桶。新增的存储桶只分担新文件，已有文件留在原处。', explain_2: '其他位置的文件在后台迁移，逐一核对校验和之后才删除旧副本。', explain_3: '某个存储桶不可用时，上传自动转到其他存储桶；其中的文件恢复后即可读取，不会丢失。', explain_4: '移出的存储桶会一直使用到最后一个文件迁移完毕。', manual: '云存储使用手册',
}
