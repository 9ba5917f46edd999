package resource

import (
	"context"
	"maps"
	"strings"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/app/tree"
	"stoa/store"
)

// labels are the domains of permissions, in the front end's language; one that has
// none here is called by its own name.
func labels() map[string]string {
	return map[string]string{"account": "账号", "secondary": "二级账号", "session": "会话", "organisation": "组织", "department": "部门",
		"post": "岗位", "grade": "职级", "role": "角色", "menu": "菜单", "resource": "资源", "audit": "操作日志", "application": "应用",
		"outbox": "发件箱", "system": "系统", "tenant": "租户", "segment": "号段", "task": "后台任务", "source": "登录来源", "link": "外部链接",
		"notice": "通知", "template": "消息模板", "dialect": "接口", "backup": "备份",
		"channel": "渠道", "company": "公司", "bucket": "存储空间", "object": "文件", "key": "访问密钥", "cloud": "云存储"}
}

// acts are what is done, in the front end's language.
func acts() map[string]string {
	return map[string]string{"read": "查看", "create": "新建", "update": "修改", "delete": "删除", "export": "导出", "import": "导入",
		"write": "维护", "end": "下线", "keep": "保留期", "switch": "切换", "draw": "取号", "send": "发送"}
}

func called(names map[string]string, name string) string {
	if n := names[name]; n != "" {
		return n
	}
	return name
}

// Seed adds a group for each domain and a leaf for each permission of this release
// that are not there yet, and removes those of permissions that are no more. Each
// group is a commit of its own; what was interrupted goes on at the next start.
func (s *Service) Seed(ctx context.Context) error {
	byDomain, order, kept := map[string][]string{}, []string{}, map[string]bool{}
	for _, name := range access.Every().Names() {
		domain, _, _ := strings.Cut(name, ".")
		if byDomain[domain] == nil {
			order = append(order, domain)
		}
		byDomain[domain] = append(byDomain[domain], name)
		kept[domain], kept[name] = true, true
	}
	have, err := s.Keys(ctx)
	if err != nil || maps.Equal(have, kept) {
		return err
	}
	for i, domain := range order {
		err := s.Deliver(ctx, func(tx *store.Tx, _ *tree.Rows[Resource]) error {
			return s.seedGroup(tx, domain, (i+1)*between, byDomain[domain])
		})
		if err != nil {
			return err
		}
	}
	return s.Deliver(ctx, func(tx *store.Tx, rows *tree.Rows[Resource]) error { return prune(tx, rows, kept) })
}

func (s *Service) seedGroup(tx *store.Tx, domain string, sequence int, names []string) error {
	noun, verbs := called(labels(), domain), acts()
	group, _, err := s.Ensure(tx, &Resource{Key: domain, Name: noun, Sequence: sequence})
	if err != nil {
		return err
	}
	for i, name := range names {
		_, act, _ := strings.Cut(name, ".")
		leaf := &Resource{Key: name, Parent: group.ID, Name: noun + " · " + called(verbs, act), URL: name, Sequence: (i + 1) * between}
		if _, _, err := s.Ensure(tx, leaf); err != nil {
			return err
		}
	}
	return nil
}

// between leaves room between the sequences of seeded resources.
const between = 10

// prune removes what came with an earlier release and stands for nothing now. A
// group that somebody put something under stays as theirs.
func prune(tx *store.Tx, rows *tree.Rows[Resource], kept map[string]bool) error {
	all, err := rows.All(tx)
	if err != nil {
		return err
	}
	for i := len(all) - 1; i >= 0; i-- { // what stands under comes behind
		v := &all[i]
		if v.Key == "" || kept[v.Key] {
			continue
		}
		err := rows.Delete(tx, v.ID)
		if err != nil && fault.KindOf(err) == fault.Conflict {
			v.Key, v.URL = "", ""
			err = rows.Update(tx, v, false)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
