package menu

import (
	"context"

	"stoa/app/access"
	"stoa/app/tree"
	"stoa/store"
)

// seed is a menu that comes with the product: a page of the documented front end
// (its sources name paths and components), one of the console alone, or both.
type seed struct {
	key     string // "system/user"
	name    string // as the front end's language has it
	english string
	icon    string
	page    string // key of the console's page
	hidden  bool
	needs   []access.Permission
}

// group is a root with its pages.
type group struct {
	seed
	console bool // of the console alone: no route of the front end
	later   bool // the front end has it, this release does not serve it
	pages   []seed
}

func need(ps ...access.Permission) []access.Permission { return ps }

// seeds are the groups in their order. The pages of the scheduler are hidden and no
// routes: the front end has them, the product has no scheduler.
func seeds() []group {
	return []group{
		{seed: seed{key: "system", name: "系统管理", english: "Administration", icon: "system"}, pages: []seed{
			{key: "user", name: "用户管理", english: "Accounts", icon: "user", page: "accounts", needs: need(access.AccountRead)},
			{key: "role", name: "角色管理", english: "Roles", icon: "role", page: "roles", needs: need(access.RoleRead)},
			{key: "dept", name: "部门管理", english: "Departments", icon: "dept", page: "departments", needs: need(access.DepartmentRead)},
			{key: "post", name: "岗位管理", english: "Posts", icon: "post", page: "posts", needs: need(access.PostRead)},
			{key: "grade", name: "职级管理", english: "Grades", icon: "grade", page: "grades", needs: need(access.GradeRead)},
			{key: "menu", name: "菜单管理", english: "Menus", icon: "menu", page: "menus", needs: need(access.MenuRead)},
			{key: "resource", name: "资源管理", english: "Resources", icon: "resource", page: "resources", needs: need(access.ResourceRead)},
			{key: "log", name: "操作日志", english: "Operation log", icon: "log", page: "audit", needs: need(access.AuditRead)},
		}},
		{seed: seed{key: "personalized", name: "个性化服务", english: "Personal services", icon: "personalized"}, pages: []seed{
			{key: "mail", name: "站内信", english: "Notices", icon: "mail", page: "notices"},
			{key: "sms", name: "短信模板", english: "Message texts", icon: "sms", page: "templates", needs: need(access.TemplateRead)},
			{key: "upload", name: "文件上传", english: "Uploads", icon: "upload", page: "uploads"},
		}},
		{seed: seed{key: "open", name: "开放平台", english: "Open platform", icon: "open"}, pages: []seed{
			{key: "application", name: "应用管理", english: "Applications", icon: "application", page: "applications", needs: need(access.ApplicationRead)},
			{key: "interface", name: "接口管理", english: "Interfaces", icon: "interface", page: "interfaces", needs: need(access.ApplicationRead)},
		}},
		{seed: seed{key: "segment", name: "号段管理", english: "ID segments", icon: "segment"}, pages: []seed{
			{key: "center", name: "号段中心", english: "Segment centre", icon: "segment", page: "segments", needs: need(access.SegmentRead)},
		}},
		{seed: seed{key: "job", name: "任务调度", english: "Scheduler", icon: "job", hidden: true}, later: true, pages: []seed{
			{key: "statistics", name: "运行报表", english: "Report", icon: "statistics", hidden: true, needs: need(access.TaskRead)},
			{key: "task", name: "任务管理", english: "Jobs", icon: "task", hidden: true, needs: need(access.TaskRead)},
			{key: "log", name: "调度日志", english: "Job log", icon: "log", hidden: true, needs: need(access.TaskRead)},
			{key: "execution", name: "执行器管理", english: "Executors", icon: "execution", hidden: true, needs: need(access.TaskRead)},
		}},
		{seed: seed{key: "operation", name: "运行维护", english: "Operation", icon: "server"}, console: true, pages: []seed{
			{key: "organisation", name: "组织", english: "Organisations", icon: "tree", page: "organisations", needs: need(access.OrganisationRead)},
			{key: "source", name: "登录来源", english: "Sign-in sources", icon: "plug", page: "sources", needs: need(access.SourceRead)},
			{key: "link", name: "外部链接", english: "External links", icon: "link", page: "links", needs: need(access.LinkWrite)},
			{key: "task", name: "后台任务", english: "Background tasks", icon: "list", page: "tasks", needs: need(access.TaskRead)},
			{key: "outbox", name: "发件箱", english: "Outbox", icon: "inbox", page: "outbox", needs: need(access.OutboxRead)},
			{key: "dialect", name: "接口用量", english: "APIs", icon: "plug", page: "dialects", needs: need(access.DialectRead)},
			{key: "backup", name: "备份", english: "Backups", icon: "server", page: "backups", needs: need(access.BackupRead)},
			{key: "system", name: "系统状态", english: "System", icon: "server", page: "system", needs: need(access.SystemRead)},
		}},
	}
}

// English is the English name of a menu that came with the product, "" once it was
// named anew, and of every other menu.
func (m *Menu) English() string {
	if m.Key == "" {
		return ""
	}
	for _, g := range seeds() {
		if g.key == m.Key && g.name == m.Name {
			return g.english
		}
		for _, p := range g.pages {
			if g.key+"/"+p.key == m.Key && p.name == m.Name {
				return p.english
			}
		}
	}
	return ""
}

// Seed adds the menus of this release that are not there yet. Those that are stay
// as they were changed; only what a page needs follows the release.
func (s *Service) Seed(ctx context.Context) error {
	return s.Deliver(ctx, func(tx *store.Tx, rows *tree.Rows[Menu]) error {
		for i, g := range seeds() {
			root, err := s.seed(tx, rows, g.root(i))
			if err != nil {
				return err
			}
			for j, p := range g.pages {
				if _, err := s.seed(tx, rows, g.page(p, root.ID, j)); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// between leaves room between the sequences of seeded menus.
const between = 10

func (g group) root(i int) *Menu {
	m := &Menu{Key: g.key, Name: g.name, Icon: g.icon, Sequence: (i + 1) * between, Hidden: g.hidden}
	if !g.console {
		m.Router, m.Path, m.Component = !g.later, "/"+g.key, "Layout"
		m.Redirect = m.Path + "/" + g.pages[0].key
	}
	return m
}

func (g group) page(p seed, parent uint64, i int) *Menu {
	m := &Menu{Key: g.key + "/" + p.key, Parent: parent, Type: Page, Name: p.name, Icon: p.icon, Sequence: (i + 1) * between,
		Hidden: p.hidden, Page: p.page, Needs: access.Of(p.needs...).Names()}
	if !g.console {
		m.Router, m.Path, m.Component = !g.later, p.key, g.key+"/"+p.key+"/index"
	}
	return m
}

// seed puts one menu in, or brings what it needs up to date.
func (s *Service) seed(tx *store.Tx, rows *tree.Rows[Menu], m *Menu) (*Menu, error) {
	row, was, err := s.Ensure(tx, m)
	if err != nil || !was || row.Set() == m.Set() {
		return row, err
	}
	row.Needs = m.Needs
	row.Version++
	return row, rows.Update(tx, row, false)
}
