package source

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"
)

func TestZipBombIsNotUnpacked(t *testing.T) {
	var file bytes.Buffer
	z := zip.NewWriter(&file)
	w, err := z.Create("xl/worksheets/sheet1.xml")
	if err != nil {
		t.Fatal(err)
	}
	zeros := make([]byte, 1<<20)
	for range 600 {
		if _, err := w.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Make(Accounts, file.Bytes(), "bomb.xlsx", nil); err == nil || !strings.Contains(err.Error(), "MiB") {
		t.Errorf("a file of %d bytes that unpacks to 600 MiB: %v", file.Len(), err)
	}
}

func TestTooManyRows(t *testing.T) {
	file := []byte("name\n" + strings.Repeat("x\n", MaxRows+1))
	if _, err := Make(Accounts, file, "x.csv", nil); err == nil || !strings.Contains(err.Error(), "100000") {
		t.Errorf("%d rows: %v", MaxRows+1, err)
	}
}

func TestMapping(t *testing.T) {
	p, err := Make(Accounts, []byte("A;B;姓名\nann;ann@example.com;Ann\n"), "x.csv", nil)
	if err != nil || len(p.Records) != 0 || p.Columns[2].Field != "nickname" {
		t.Errorf("without a mapping: %+v %v", p, err)
	}
	p, err = Make(Accounts, []byte("A;B;姓名\nann;ann@example.com;Ann\n"), "x.csv", map[string]int{"name": 0, "email": 1, "nickname": -1})
	if err != nil || len(p.Records) != 1 || p.Records[0].Cells[Name] != "ann" || p.Records[0].Cells[Email] != "ann@example.com" || p.Records[0].Cells[Nickname] != "" {
		t.Errorf("with one: %+v %v", p, err)
	}
}

func TestGB18030(t *testing.T) {
	p, err := Make(Accounts, []byte("\xd3\xc3\xbb\xa7\xc3\xfb,\xd0\xd5\xc3\xfb\nann,\xc0\xee\n"), "x.csv", nil) // 用户名,姓名 / ann,李
	if err != nil || len(p.Records) != 1 || p.Records[0].Cells[Nickname] != "李" {
		t.Errorf("%+v %v", p, err)
	}
}

func TestDepartmentsInACircle(t *testing.T) {
	if _, err := inOrder([]Unit{{"1", "2", "a"}, {"2", "1", "b"}}); err == nil {
		t.Error("a circle is taken for a tree")
	}
}

// No bytes make a reader panic or hang.
func FuzzMake(f *testing.F) {
	f.Add("accounts", []byte("name,email\nann,ann@example.com\n"))
	f.Add("ruoyi", []byte("INSERT INTO `sys_user` (`user_id`,`user_name`) VALUES (1,'a\\'b'),(2,NULL);"))
	f.Add("ruoyi", []byte("CREATE TABLE sys_dept (`dept_id` bigint(20) COMMENT 'a,b(', `dept_name` varchar(3));INSERT INTO sys_dept VALUES (1,_utf8'x');"))
	f.Add("pcloud", []byte(`{"user":[{"id":1,"name":"x","roles":[{"name":"y"}]}]}`))
	f.Add("casdoor", []byte(`[{"owner":"o","name":"n","passwordType":"salt","password":"x"}]`))
	f.Fuzz(func(_ *testing.T, kind string, data []byte) {
		_, _ = Make(Kind(kind), data, "sys_user.csv", nil)
	})
}
