export default {
  title: '访问密钥', hint: '为七牛编写的程序凭密钥对在这里存取文件。密钥代表创建它的账号，权限不超过该账号对文件的权限。', create: '新建访问密钥', name: '用途', name_hint: '使用它的程序或机器，便于以后了解谁在依赖它。', name_missing: '请填写用途。', acts_for: '它将代表 {name}：该账号被停用或失去权限时，密钥同样失效。',
  access_key: '访问密钥', secret_key: '私有密钥', owner: '账号', created_at: '创建时间', last_used_at: '最近使用', on: '启用', made: '{name} 的访问密钥', once: '私有密钥只显示这一次，请立即复制，或以后另建一个。', kept: '我已保存',
  sdk: 'SDK 配置', sdk_hint: '写入 {file}。上传凭证和私有链接照常由 SDK 生成。', your_secret: '您的私有密钥', turned_on: '{name} 的密钥已启用', turned_off: '{name} 的密钥已停用，其签名将被拒绝', delete_title: '删除访问密钥', delete_used: '最近一次使用：{when}。使用它的程序将立即被拒绝，由它签名的上传凭证和链接随即失效。', delete_unused: '据记录从未使用过。由它签名的上传凭证和链接随即失效。', deleted: '{name} 的密钥已删除',
  empty: '还没有访问密钥', empty_text: '上传到七牛的程序需要密钥才能上传到这里：新建后复制对应 SDK 的配置即可。',
}
