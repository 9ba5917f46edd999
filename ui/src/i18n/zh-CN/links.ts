export default {
  title: '外部链接', hint: '导航中的其他系统，可对所有人或部分角色显示。', create: '新建链接', deleted: '链接 {name} 已删除', empty: '还没有外部链接', empty_text: '把人员常用的其他系统放进导航。',
  name_zh: '中文名称', name_en: '英文名称', name_missing: '请至少填写一种语言的名称。', url: '地址', url_wrong: '地址应以 http:// 或 https:// 开头。', icon: '图标', roles: '显示给', everybody: '所有人', tenant: '组织', all_tenants: '所有组织', order: '排序', new_tab: '在新标签页打开',
  column: { name: '名称', url: '地址', roles: '显示给', order: '排序', modified_at: '修改时间' }, delete_title: '删除链接', delete_affected: '它将从所有可见者的导航中消失。',
}
