export default {
  hint: '控制台与配套前端的导航，整个系统共用一棵树；谁能看到哪些页面由角色决定。', create: '新建菜单', create_below: '新建下级', search: '名称、路径或页面', name: '名称', name_delivered: '中文名称', name_missing: '请输入名称。', type: '类型', types: { group: '目录', page: '页面' }, parent: '上级目录', top: '顶层',
  path: '路径', component: '组件', redirect: '重定向', icon: '图标', page: '控制台页面', needs: '所需权限', router: '配套前端的路由', hidden: '隐藏', hide: '隐藏：可访问但不显示',
  hints: { path: '前端路由的路径：顶层如 /system，下级如 user。', component: '前端文件：Layout、system/user/index。', redirect: '目录跳转到的位置，例如 /system/user。', icon: '前端图标的名称。', page: '本控制台页面的键，例如 accounts；其他前端的页面留空。', needs: '缺少这些权限时页面没有意义，相应角色不会显示它。' },
  created: '菜单 {name} 已创建', moved: '已移动 {name}', deleted: '菜单 {name} 已删除', delete_title: '删除此菜单？', delete_affected: '该菜单将从所有人的导航中消失，且无法恢复；如只需不显示，请改用隐藏。', delete_builtin: '系统自带的菜单不能删除，可改为隐藏。', delete_children: '其下有 {n} 个菜单，请先移动或删除。',
  preview: '以角色预览', preview_hint: '查看某个角色的持有者看到的导航。', as_role: '选择角色', preview_of: '{role} 的导航', preview_empty: '{role} 的持有者看不到任何页面。', useless: '已授权但无法使用', useless_item: '{name} 需要 {what}',
}
