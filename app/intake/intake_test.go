package intake_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/apptest"
	"stoa/app/extract"
	"stoa/app/intake"
	"stoa/app/intake/source"
	"stoa/app/org"
	"stoa/app/session"
	"stoa/app/sheet"
	"stoa/app/task"
)

// work does all tasks that wait.
func work(t *testing.T, a *apptest.App) {
	t.Helper()
	for {
		n, err := a.Task.Work(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

func upload(t *testing.T, a *apptest.App, by access.Actor, kind source.Kind, name, file string, o intake.Options) (*intake.Import, *intake.Report) {
	t.Helper()
	i, err := a.Intake.Upload(t.Context(), by, kind, name, []byte(file), o)
	if err != nil {
		t.Fatal(err)
	}
	work(t, a)
	found, err := a.Intake.Report(t.Context(), by, i)
	if err != nil {
		t.Fatal(err)
	}
	if found == nil {
		at, _ := a.Task.Get(t.Context(), by, i.Check)
		t.Fatalf("the dry run has no report: %s %+v", at.Reason, at.Errors)
	}
	return i, found
}

func run(t *testing.T, a *apptest.App, by access.Actor, i *intake.Import) *intake.Report {
	t.Helper()
	i, err := a.Intake.Confirm(t.Context(), by, i.ID, true)
	if err != nil {
		t.Fatal(err)
	}
	work(t, a)
	done, err := a.Intake.Outcome(t.Context(), by, i)
	if err != nil || done == nil {
		at, _ := a.Task.Get(t.Context(), by, i.Run)
		t.Fatalf("the import has no outcome: %v, %s %+v", err, at.Reason, at.Errors)
	}
	return done
}

func signsIn(a *apptest.App, name, password string) error {
	_, err := a.Session.Login(context.Background(), apptest.Origin("test"), session.Login{Login: name, Password: password})
	return err
}

func sum(s string) string {
	d := md5.Sum([]byte(s))
	return hex.EncodeToString(d[:])
}

func TestDryRunWritesNothing(t *testing.T) {
	a := apptest.Open(t)
	a.Account(1, "taken")
	head, err := a.Org.CreateDepartment(t.Context(), a.Super, org.NewDepartment{Parent: 1, Name: "Head"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Org.CreateDepartment(t.Context(), a.Super, org.NewDepartment{Parent: head.ID, Name: "Lab"}); err != nil {
		t.Fatal(err)
	}
	admin := a.Actor(a.Account(1, "admin", access.RoleAdmin))
	file := "用户名,姓名,邮箱,手机号,角色,部门,状态,编号\n" +
		"anna,Anna,anna@example.com,13800000001,成员,Head/Lab,正常,\n" +
		"Taken,,,,,,,\n" + // 3
		"ben,,not an address,,,,,\n" + // 4
		"carl,,,12,,,,\n" + // 5
		"dora,,,,no such role,,,\n" + // 6
		"emil,,,,,Nowhere,,\n" + // 7
		"ANNA,,,,,,,\n" + // 8
		"fred,,anna@example.com,,,,,\n" + // 9
		"gina,,,,ROLE_SUPER_ADMIN,,,\n" + // 10
		"hans,,,,,,resting,\n" + // 11
		",,,,,,,7\n" + // 12
		"ida,,,,\"管理员, member\",Lab,停用,\n" // 13
	before, _ := a.App.Account.List(t.Context(), a.Super, account.Filter{})
	_, found := upload(t, a, admin, source.Accounts, "people.csv", file, intake.Options{Language: "en"})
	after, _ := a.App.Account.List(t.Context(), a.Super, account.Filter{})
	if before.Total != after.Total {
		t.Errorf("a dry run makes accounts: %d, then %d", before.Total, after.Total)
	}
	want := []string{"3 name account.name_taken", "4 email account.email", "5 phone account.phone", "6 roles account.role_unknown",
		"7 department account.department", "8 name import.twice", "9 email import.twice", "10 roles account.role_beyond", "11 state account.state", "12 name account.name_missing"}
	var got []string
	for _, p := range found.Problems {
		got = append(got, fmt.Sprint(p.Row, " ", p.Field, " ", p.Code))
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") || found.Good != 2 || found.Bad != len(want) || found.Rows != 12 {
		t.Errorf("found %d good, %d bad of %d:\n%s", found.Good, found.Bad, found.Rows, strings.Join(got, "\n"))
	}
	if found.Problems[3].Value != "no such role" || found.Columns[1].Field != "nickname" || found.Columns[1].Sample != "Anna" {
		t.Errorf("told: %+v %+v", found.Problems[3], found.Columns)
	}
	a.Verify()
}

func TestImport(t *testing.T) {
	a := apptest.Open(t)
	admin := a.Actor(a.Account(1, "admin", access.RoleAdmin))
	const bcrypted = "$2a$04$Cz1OkOPE5XW9B3bqWlhgNuH0K8wz1pvaKQKSPXbHTRYqRhLkKjOAe" // of nothing known
	file := "name,email,password,password_hash,password_scheme,password_salt,nickname\n" +
		"text,text@example.com,old,,,,\n" +
		"weak,,," + sum("pepper!salty") + ",md5-salt,salty,\n" +
		"bare,,,md5$" + sum("open sesame") + ",,,=1+1\n" +
		"strong,,," + bcrypted + ",,,\n" +
		"none,,,,,,\n" +
		"broken,,,abc,,,\n"
	i, found := upload(t, a, admin, source.Accounts, "people.csv", file, intake.Options{})
	if found.Good != 5 || found.Bad != 1 || found.Problems[0].Code != "account.password_hash" || found.Problems[0].Value != "" {
		t.Fatalf("found: %+v", found)
	}
	_, err := a.Intake.Confirm(t.Context(), admin, i.ID, false)
	apptest.Want(t, err, "import.errors")
	done := run(t, a, admin, i)
	if done.Good != 5 || done.Bad != 1 || done.Problems[0].Row != 7 {
		t.Errorf("done: %+v", done)
	}
	_, err = a.Intake.Confirm(t.Context(), admin, i.ID, true)
	apptest.Want(t, err, "import.confirmed")
	_, err = a.Intake.Again(t.Context(), admin, i.ID, intake.Options{})
	apptest.Want(t, err, "import.confirmed")
	for name, password := range map[string]string{"text": "old", "weak": "pepper!", "bare": "open sesame"} {
		for range 2 { // the second time with the hash that the first has brought
			if err := signsIn(a, name, password); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		made, err := a.App.Account.GetByLogin(t.Context(), a.Super, name)
		if err != nil || made.MustChange || made.Tenant != 1 {
			t.Errorf("%s: %+v %v", name, made, err)
		}
	}
	apptest.Want(t, signsIn(a, "weak", "pepper!salty"), "session.refused")
	apptest.Want(t, signsIn(a, "none", "none"), "session.refused")
	_, err = a.App.Account.GetByLogin(t.Context(), a.Super, "broken")
	apptest.Want(t, err, "account.not_found")
	got, err := a.Intake.Get(t.Context(), admin, i.ID)
	if err != nil || got.Next != 6 || got.Made != 5 || got.Failed != 1 {
		t.Errorf("the import: %+v %v", got, err)
	}
	result, err := a.Task.ResultOf(t.Context(), admin, got.Run)
	if err != nil {
		t.Fatal(err)
	}
	if rows := table(t, a, result.File); len(rows) != 2 || rows[1][0] != "7" || rows[1][1] != "密码散列" || !strings.Contains(rows[1][3], "密码散列无法使用") {
		t.Errorf("the report: %q", rows)
	}
	a.Verify()
}

// table is a file on the shelf as cells.
func table(t *testing.T, a *apptest.App, file string) [][]string {
	t.Helper()
	f, err := a.Shelf.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	var out [][]string
	for r, err := range sheet.Rows(data) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, r.Cells)
	}
	return out
}

func TestGivenIDs(t *testing.T) {
	a := apptest.Open(t)
	taken := a.Account(1, "taken")
	file := fmt.Sprintf("id,name\n5000,first\n%d,second\n5000,third\n0,fourth\n99999999999999999,fifth\n", taken.ID)
	i, found := upload(t, a, a.Super, source.Accounts, "people.csv", file, intake.Options{KeepIDs: true})
	if found.Good != 1 || found.Bad != 4 || found.Problems[0].Code != "account.id_taken" || found.Problems[1].Code != "import.twice" {
		t.Fatalf("found: %+v", found)
	}
	run(t, a, a.Super, i)
	first, err := a.App.Account.GetByLogin(t.Context(), a.Super, "first")
	if err != nil || first.ID != 5000 {
		t.Errorf("first: %+v %v", first, err)
	}
	if next := a.Account(1, "next"); next.ID <= 5000 {
		t.Errorf("the next account has the id %d", next.ID)
	}
	admin := a.Actor(a.Account(1, "admin", access.RoleAdmin))
	_, err = a.Intake.Upload(t.Context(), admin, source.Accounts, "x.csv", []byte("name\nx\n"), intake.Options{KeepIDs: true})
	apptest.Want(t, err, "account.given_id")
	_, without := upload(t, a, admin, source.Accounts, "x.csv", "id,name\n1,somebody\n", intake.Options{})
	if without.Good != 1 {
		t.Errorf("an id that is not kept: %+v", without)
	}
	a.Verify()
}

// A worker that is lost in the middle: the next one goes on behind its last row.
func TestImportGoesOn(t *testing.T) {
	a := apptest.Open(t)
	var file strings.Builder
	file.WriteString("name\n")
	const rows = 300
	for n := range rows {
		fmt.Fprintf(&file, "person%03d\n", n)
	}
	i, _ := upload(t, a, a.Super, source.Accounts, "people.csv", file.String(), intake.Options{})
	if _, err := a.Intake.Confirm(t.Context(), a.Super, i.ID, false); err != nil {
		t.Fatal(err)
	}
	for cut := 1; ; cut++ {
		ctx, stop := context.WithCancel(t.Context())
		go func() { // stops at some row
			defer stop()
			for {
				got, err := a.Intake.Get(ctx, a.Super, i.ID)
				if err != nil || got.Next >= cut*60 {
					return
				}
				time.Sleep(time.Millisecond)
			}
		}()
		if _, err := a.Task.Work(ctx); err != nil && ctx.Err() == nil {
			t.Fatal(err)
		}
		stop()
		got, err := a.Intake.Get(t.Context(), a.Super, i.ID)
		if err != nil {
			t.Fatal(err)
		}
		if at, _ := a.Task.Get(t.Context(), a.Super, got.Run); at.State == task.Done {
			if got.Made != rows || got.Failed != 0 {
				t.Errorf("made %d, refused %d of %d", got.Made, got.Failed, rows)
			}
			break
		}
	}
	page, err := a.App.Account.List(t.Context(), a.Super, account.Filter{Text: "person"})
	if err != nil || page.Total != rows {
		t.Errorf("%d accounts: %v", page.Total, err)
	}
	a.Verify()
}

func TestRuoYiDump(t *testing.T) {
	a := apptest.Open(t)
	dump := "-- MySQL dump\nDROP TABLE IF EXISTS `sys_dept`;\nCREATE TABLE `sys_dept` (\n `dept_id` bigint NOT NULL COMMENT 'id, of it',\n `parent_id` bigint,\n `dept_name` varchar(30) DEFAULT '',\n `del_flag` char(1),\n PRIMARY KEY (`dept_id`)\n) ENGINE=InnoDB;\n" +
		"INSERT INTO `sys_dept` VALUES (101,100,'Research','0'),(100,0,'Company','0'),(103,100,'It''s gone','2');\n" +
		"INSERT INTO `sys_role` (`role_id`,`role_name`,`role_key`) VALUES (2,'Common','member');\n" +
		"INSERT INTO sys_user_role (user_id, role_id) VALUES (2,2);\n" +
		"INSERT INTO `sys_post` (`post_id`,`post_name`) VALUES (4,'Engineer');INSERT INTO `sys_user_post` (`user_id`,`post_id`) VALUES (2,4);\n" +
		"INSERT INTO `sys_user` (`user_id`,`dept_id`,`user_name`,`nick_name`,`email`,`phonenumber`,`password`,`status`,`del_flag`) VALUES " +
		"(2,101,'ry','O\\'Brien','ry@example.com','15666666666','$2a$10$7JB720yubVSZvUI0rEqK/.VqGOZTH.ulu33dHOiBE8ByOhJIrdAu2','0','0')," +
		"(3,100,'off','', NULL,'','','1','0'),(4,100,'gone','',NULL,'','','0','2');\n"
	i, found := upload(t, a, a.Super, source.RuoYi, "ry.sql", dump, intake.Options{})
	if found.Good != 2 || found.Bad != 0 || found.Units != 2 || found.Skipped != 1 {
		t.Fatalf("found: %+v", found)
	}
	run(t, a, a.Super, i)
	made, err := a.App.Account.GetByLogin(t.Context(), a.Super, "ry")
	if err != nil || made.Nickname != "O'Brien" || made.Duty != "Engineer" || made.Phone != "15666666666" || !made.Has(access.RoleMember) {
		t.Errorf("ry: %+v %v", made, err)
	}
	department, err := a.Org.Department(t.Context(), a.Super, made.Department)
	if err != nil || department.Name != "Research" || department.Parent == 1 {
		t.Errorf("its department: %+v %v", department, err)
	}
	if err := signsIn(a, "ry", "admin123"); err != nil {
		t.Errorf("with the password that RuoYi ships: %v", err)
	}
	if off, err := a.App.Account.GetByLogin(t.Context(), a.Super, "off"); err != nil || off.State != account.Disabled {
		t.Errorf("off: %+v %v", off, err)
	}
	again, found := upload(t, a, a.Super, source.RuoYi, "ry.sql", dump, intake.Options{})
	if found.Good != 0 || found.Bad != 2 {
		t.Errorf("a second time: %+v", found)
	}
	_ = again
	a.Verify()
}

func TestPCloudTables(t *testing.T) {
	a := apptest.Open(t)
	file := `{"user":[{"id":7,"name":"lin","phone":"13900000007","password":"$2a$10$7JB720yubVSZvUI0rEqK/.VqGOZTH.ulu33dHOiBE8ByOhJIrdAu2","state":false,"deptId":3},
		{"id":8,"name":"frozen","phone":"13900000008","state":true}],
		"dept":[{"id":3,"parentId":0,"name":"Operations"}],"role":[{"id":1,"roleCode":"ROLE_ADMIN","name":"x"}],"userRole":[{"userId":7,"roleId":1}]}`
	i, found := upload(t, a, a.Super, source.PCloud, "pcloud.json", file, intake.Options{KeepIDs: true})
	if found.Good != 2 || found.Units != 1 {
		t.Fatalf("found: %+v", found)
	}
	run(t, a, a.Super, i)
	lin, err := a.App.Account.Get(t.Context(), a.Super, 7)
	if err != nil || lin.Name != "lin" || !lin.Has(access.RoleAdmin) || lin.Department == 0 || lin.State != account.Active {
		t.Errorf("lin: %+v %v", lin, err)
	}
	if frozen, err := a.App.Account.Get(t.Context(), a.Super, 8); err != nil || frozen.State != account.Disabled {
		t.Errorf("frozen: %+v %v", frozen, err)
	}
	if err := signsIn(a, "13900000007", "admin123"); err != nil {
		t.Error(err)
	}
}

func TestCasdoorExport(t *testing.T) {
	a := apptest.Open(t)
	file := `{"organizations":[{"name":"acme","passwordType":"plain","passwordSalt":""}],
		"groups":[{"owner":"acme","name":"grp_1","displayName":"Sales","parentId":"acme"},{"owner":"acme","name":"grp_2","displayName":"North","parentId":"grp_1"}],
		"users":[
		{"owner":"built-in","name":"admin","password":"123"},
		{"owner":"acme","name":"alice","displayName":"Alice","password":"` + sum(sum("wonder")+"x1") + `","passwordType":"md5-salt","passwordSalt":"x1","groups":["acme/grp_2"],"isAdmin":true},
		{"owner":"acme","name":"bob","password":"plain text","passwordType":"plain","isForbidden":false},
		{"owner":"acme","name":"carol","password":"***","isForbidden":true},
		{"owner":"acme","name":"dave","isDeleted":true}]}`
	i, found := upload(t, a, a.Super, source.Casdoor, "casdoor.json", file, intake.Options{})
	if found.Good != 3 || found.Skipped != 2 || found.Units != 2 {
		t.Fatalf("found: %+v", found)
	}
	run(t, a, a.Super, i)
	for name, password := range map[string]string{"alice": "wonder", "bob": "plain text"} {
		if err := signsIn(a, name, password); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	alice, err := a.App.Account.GetByLogin(t.Context(), a.Super, "alice")
	if err != nil || !alice.Has(access.RoleAdmin) || alice.Nickname != "Alice" {
		t.Errorf("alice: %+v %v", alice, err)
	}
	if d, err := a.Org.Department(t.Context(), a.Super, alice.Department); err != nil || d.Name != "North" {
		t.Errorf("her department: %+v %v", d, err)
	}
}

func TestWhatAnImportRefuses(t *testing.T) {
	a := apptest.Open(t)
	admin, member := a.Actor(a.Account(1, "admin", access.RoleAdmin)), a.Actor(a.Account(1, "member"))
	ctx := t.Context()
	_, err := a.Intake.Upload(ctx, member, source.Accounts, "x.csv", []byte("name\nx\n"), intake.Options{})
	apptest.Want(t, err, "access.denied")
	_, err = a.Intake.Upload(ctx, admin, "other", "x.csv", []byte("name\nx\n"), intake.Options{})
	apptest.Want(t, err, "import.kind")
	_, err = a.Intake.Upload(ctx, admin, source.Accounts, "x.csv", nil, intake.Options{})
	apptest.Want(t, err, "import.empty")
	_, err = a.Intake.Upload(ctx, admin, source.Accounts, "x.csv", make([]byte, intake.MaxFile+1), intake.Options{})
	apptest.Want(t, err, "import.too_large")
	_, err = a.Intake.Upload(ctx, admin, source.Accounts, "x.csv", []byte("name\nx\n"), intake.Options{Mapping: map[string]int{"secret": 1}})
	apptest.Want(t, err, "import.mapping")
	for name, file := range map[string]string{"picture": "\x89PNG\x00\x00", "half a workbook": "PK\x03\x04half", "half JSON": `[{"name":`, "no table": "a,b\n1,2\n"} {
		kind := source.Accounts
		if name == "no table" {
			kind = source.RuoYi
		}
		i, err := a.Intake.Upload(ctx, admin, kind, "x", []byte(file), intake.Options{})
		if err != nil {
			t.Fatal(err)
		}
		work(t, a)
		at, err := a.Task.Get(ctx, admin, i.Check)
		if err != nil || at.State != task.Dead || at.Errors[0].Code != "import.unreadable" {
			t.Errorf("%s: %+v %v", name, at, err)
		}
		_, err = a.Intake.Confirm(ctx, admin, i.ID, true)
		apptest.Want(t, err, "import.unchecked")
	}
	i, _ := upload(t, a, admin, source.Accounts, "x.csv", "name\nx1\n", intake.Options{})
	other := a.Actor(a.Account(1, "another", access.RoleAdmin))
	_, err = a.Intake.Get(ctx, other, i.ID)
	apptest.Want(t, err, "import.not_found")
	if err := a.Intake.Delete(ctx, admin, i.ID); err != nil {
		t.Error(err)
	}
	_, err = a.Shelf.Open(i.File)
	apptest.Want(t, err, "file.gone")
}

// What a list is exported as can be imported again, in both languages and formats.
func TestExportComesBack(t *testing.T) {
	a := apptest.Open(t)
	department, err := a.Org.CreateDepartment(t.Context(), a.Super, org.NewDepartment{Parent: 1, Name: "Lab"})
	if err != nil {
		t.Fatal(err)
	}
	for n := range 3 {
		if _, err := a.App.Account.Create(t.Context(), a.Super, account.New{Name: fmt.Sprintf("out%d", n), Nickname: "=1+1", Phone: "+4930123456" + fmt.Sprint(n),
			Department: department.ID, Tenant: 1, Password: apptest.Password}); err != nil {
			t.Fatal(err)
		}
	}
	admin := a.Actor(a.Account(1, "admin", access.RoleAdmin))
	for _, how := range []extract.Export{{Format: "xlsx", Language: "zh-CN"}, {Format: "csv", Language: "en"}, {Format: "csv"}, {Format: "xlsx", Language: "en"}} {
		how.Filter.Text = "out"
		at, err := a.Extract.Begin(t.Context(), admin, how)
		if err != nil {
			t.Fatal(err)
		}
		work(t, a)
		result, err := a.Task.ResultOf(t.Context(), admin, at.ID)
		if err != nil {
			t.Fatal(err)
		}
		rows := table(t, a, result.File)
		if len(rows) != 4 || rows[1][1] != "out0" || rows[1][2] != "=1+1" || rows[1][6] != "Lab" {
			t.Errorf("%+v: %q", how, rows)
		}
		if chinese := rows[0][1] == "用户名" && rows[1][7] == "成员" && rows[1][8] == "正常"; chinese != (how.Language != "en") {
			t.Errorf("%+v is in the wrong language: %q", how, rows[:2])
		}
		var again bytes.Buffer
		for _, r := range rows {
			again.WriteString(strings.Join(r[:9], ";") + "\n")
		}
		text := strings.ReplaceAll(strings.ReplaceAll(again.String(), "out", "back"), "+4930", "+4931")
		if _, found := upload(t, a, admin, source.Accounts, "again.csv", text, intake.Options{}); found.Good != 3 {
			t.Errorf("%+v comes back with %+v", how, found.Problems)
		}
		_, err = a.Task.ResultOf(t.Context(), a.Super, at.ID)
		apptest.Want(t, err, "task.result_owner")
	}
	_, err = a.Extract.Begin(t.Context(), a.Actor(a.Account(1, "plain")), extract.Export{Format: "csv"})
	apptest.Want(t, err, "access.denied")
	_, err = a.Extract.Begin(t.Context(), admin, extract.Export{Format: "pdf"})
	apptest.Want(t, err, "export.format")
}
