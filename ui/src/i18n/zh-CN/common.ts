export default {
  common: {
    save: '保存', create: '创建', cancel: '取消', close: '关闭', edit: '编辑', delete: '删除', remove: '移除',
    retry: '重试', refresh: '刷新', copy: '复制', copied: '已复制', copy_what: '复制{what}', show: '显示', hide: '隐藏', never: '从未', none: '无',
    all: '全部', yes: '是', no: '否', more: '更多操作', back: '返回', next: '继续', done: '完成', optional: '选填', loading: '加载中…',
    unsaved: '有未保存的修改。', discard: '放弃修改', keep_editing: '继续编辑', saved: '已保存',
    clear_filters: '清除筛选', nothing_found: '没有符合条件的记录', nothing_found_text: '当前筛选条件下没有记录，清除筛选后可查看全部。',
    stale: '内容已被他人修改', stale_text: '您的输入已保留。请加载新版本核对后再保存。', load_newer: '加载新版本',
    sample: '示例', comma: '、', undo: '撤销', version: '版本 {n}', modified: '{who} {when}修改',
  },
  table: {
    select_page: '选择本页全部', select_row: '选择 {name}', pages: '{of}分页', range: '第 {from}–{to} 条，共 {total} 条', per_page: '每页条数',
    previous: '上一页', next: '下一页', page_n: '第 {n} 页', settings: '列与行高', sort: '排序', sort_default: '默认', sort_up: '{what} ↑', sort_down: '{what} ↓', columns: '显示的列', density: '行高', normal: '标准', compact: '紧凑',
    export: '导出', export_xlsx: '导出 Excel（XLSX）', export_csv: '导出 CSV', curl: '复制为 curl 命令', curl_copied: '命令已复制，运行前请设置 STOA_TOKEN。',
    actions: '操作', selected: '已选 {n} 项', clear_selection: '取消选择', filters: '筛选',
  },
  views: {
    title: '已存视图', empty: '设置好筛选、排序和显示的列后，可命名保存。', keep: '保存当前显示', name: '视图名称', saved: '视图“{name}”已保存', share: '复制链接', share_now: '复制当前链接', copied: '链接已复制。',
    removed: '视图“{name}”已移除', reset: '显示全部', full: '每个列表最多保存 {n} 个视图，请先移除一个。',
  },
  delete: { type: '请输入以下名称确认：' },
  password: {
    rule: '至少 {min} 个字符。用一句自己的话最容易记住。',
    score: { 0: '太容易被猜到', 1: '较弱：请再加几个词', 2: '一般', 3: '良好', 4: '很强' },
    weak: {
      short: '太短：至少 {min} 个字符', long: '太长：最多 128 个字符', personal: '含有姓名、邮箱或手机号，容易被猜到', repeated: '重复的字符太多',
      sequence: '连续的按键容易被猜到', common: '属于最先被尝试的密码', few: '较弱：请再加几个词',
    },
  },
  problem: {
    request_id: '请求编号',
    offline: { what: '无法连接服务器', why: '没有收到响应，网络或服务器可能中断。', fix: '请检查网络后重试，已输入的内容不会丢失。' },
    invalid: { what: '内容未被接受', fix: '请修改指出的内容后重新提交。' },
    unauthenticated: { what: '登录未通过', fix: '' },
    denied: { what: '没有权限', fix: '如确有需要，请联系管理员授权。' },
    not_found: { what: '未找到', fix: '可能已被删除，或属于其他组织。请返回列表。' },
    conflict: { what: '当前状态下无法操作', fix: '' },
    stale: { what: '已被他人修改', fix: '请加载新版本后再保存。' },
    too_large: { what: '内容过大', fix: '请减少单次提交的内容。' },
    too_many: { what: '尝试次数过多', fix: '请稍候再试。', wait: '请在 {seconds} 秒后重试。' },
    internal: { what: '服务器出错', fix: '请重试。若仍失败，请把请求编号告知系统管理员，以便在日志中查明原因。' },
    unavailable: { what: '服务器繁忙或正在重启', fix: '请稍候再试。' },
  },
  roles: {
    ROLE_OWNER: '主账号', ROLE_ADMIN: '管理员', ROLE_CHANNEL_ADMIN: '渠道管理员', ROLE_SECONDARY: '子账号',
    ROLE_COMPANY_ADMIN: '企业管理员', ROLE_MEMBER: '成员', ROLE_SUPER_ADMIN: '超级管理员',
  },
  kinds: { organisation: '组织', channel: '渠道', company: '企业', department: '部门' },
}
