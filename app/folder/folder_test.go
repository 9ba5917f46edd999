package folder_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"stoa/app/access"
	"stoa/app/apptest"
	"stoa/app/audit"
	"stoa/app/bucket"
	"stoa/app/folder"
	"stoa/app/task"
	"stoa/store"
)

type yard struct {
	*apptest.App
	t  *testing.T
	by access.Actor
	a  *bucket.Bucket
}

func open(t *testing.T) *yard {
	t.Helper()
	a := apptest.Open(t)
	y := &yard{App: a, t: t, by: a.Actor(a.Account(2, "keeper", access.RoleAdmin))}
	y.a = y.bucket("first")
	return y
}

func (y *yard) bucket(name string) *bucket.Bucket {
	y.t.Helper()
	b, err := y.Bucket.Create(y.t.Context(), y.by, bucket.New{Name: name})
	if err != nil {
		y.t.Fatal(err)
	}
	return b
}

func (y *yard) put(b *bucket.Bucket, keys ...string) {
	y.t.Helper()
	for _, key := range keys {
		d, err := y.Bucket.Receive(y.t.Context(), b.Tenant, strings.NewReader(key), int64(len(key)))
		if err == nil {
			_, err = y.Bucket.Commit(y.t.Context(), y.by, d, bucket.Put{Bucket: b, Key: key, Type: "text/x", Meta: map[string]string{"k": key}})
		}
		if err = errors.Join(err, d.Discard(y.t.Context())); err != nil {
			y.t.Fatal(err)
		}
	}
}

func (y *yard) keys(b *bucket.Bucket) string {
	y.t.Helper()
	l, err := y.Bucket.Objects(y.t.Context(), y.by, b, bucket.Ask{})
	if err != nil {
		y.t.Fatal(err)
	}
	var out []string
	for _, o := range l.Objects {
		out = append(out, o.Key)
	}
	return strings.Join(out, " ")
}

func (y *yard) read(b *bucket.Bucket, key string) string {
	y.t.Helper()
	f, err := y.Bucket.Open(y.t.Context(), y.by, b, key)
	if err != nil {
		y.t.Fatal(err)
	}
	r, err := f.Range(y.t.Context(), 0, f.Size)
	if err != nil {
		y.t.Fatal(err)
	}
	defer r.Close()
	var got bytes.Buffer
	if _, err := got.ReadFrom(r); err != nil {
		y.t.Fatal(err)
	}
	return got.String() + " " + f.Type + " " + f.Meta["k"]
}

func (y *yard) used() string {
	y.t.Helper()
	var s string
	err := y.DB.View(y.t.Context(), func(r store.Reader) error {
		u, err := y.Usage.Tx(r, 2)
		s = fmt.Sprint(u.Bytes, u.Objects)
		return err
	})
	if err != nil {
		y.t.Fatal(err)
	}
	return s
}

func (y *yard) move(from *bucket.Bucket, prefix string, to *bucket.Bucket, name string) (folder.Moved, error) {
	return y.Folder.Move(y.t.Context(), y.by, bucket.Renaming{From: from, Prefix: prefix, To: to, Name: name})
}

func TestAFolderIsRenamedAtOnceOrNotAtAll(t *testing.T) {
	y := open(t)
	b := y.bucket("second")
	y.put(y.a, "a/1", "a/b/2", "a/b/b/3", "ab/4", "z")
	used := y.used()
	moved, err := y.move(y.a, "a/", y.a, "new/deep/")
	if err != nil || moved.Objects != 3 || moved.Task != 0 {
		t.Fatalf("%+v, %v", moved, err)
	}
	if got := y.keys(y.a); got != "ab/4 new/deep/1 new/deep/b/2 new/deep/b/b/3 z" {
		t.Errorf("then there are %s", got)
	}
	if got := y.read(y.a, "new/deep/b/2"); got != "a/b/2 text/x a/b/2" {
		t.Errorf("a file is %q", got)
	}
	if got := y.used(); got != used {
		t.Errorf("%s are counted, before %s", got, used)
	}
	// Into another bucket, beside what is there.
	y.put(b, "box/other")
	if moved, err = y.move(y.a, "new/deep/b/", b, "box/"); err != nil || moved.Objects != 2 {
		t.Fatalf("%+v, %v", moved, err)
	}
	if got := y.keys(y.a) + " | " + y.keys(b); got != "ab/4 new/deep/1 z | box/2 box/b/3 box/other" {
		t.Errorf("then there are %s", got)
	}
	// One name that is taken: nothing moves.
	y.put(y.a, "box/0", "box/b/3")
	before := y.keys(y.a) + y.keys(b)
	_, err = y.move(y.a, "box/", b, "box/")
	apptest.Want(t, err, "folder.taken")
	if !strings.Contains(err.Error(), `"box/b/3"`) {
		t.Errorf("it does not say which: %v", err)
	}
	if got := y.keys(y.a) + y.keys(b); got != before {
		t.Errorf("it moved all the same: %s", got)
	}
	p, err := y.Audit.List(t.Context(), y.by, audit.Filter{Action: "folder.move"})
	if err != nil || len(p.Items) != 2 || p.Items[0].ObjectID != "first/new/deep/b/" || p.Items[0].Changes[0].New != "second/box/" {
		t.Errorf("the log has %+v, %v", p.Items, err)
	}
	y.Verify()
}

func TestWhatIsNoMoveIsRefused(t *testing.T) {
	y := open(t)
	y.put(y.a, "a/1", "a/b/2")
	for to, code := range map[string]string{"a/": "folder.same", "a/b/": "folder.inside", "b": "folder.name", "/": "folder.name", "": "folder.name",
		strings.Repeat("n", 748) + "/": "folder.long"} {
		_, err := y.move(y.a, "a/", y.a, to)
		apptest.Want(t, err, code)
	}
	_, err := y.move(y.a, "a/b/", y.a, "a/")
	apptest.Want(t, err, "folder.inside")
	_, err = y.move(y.a, "none/", y.a, "b/")
	apptest.Want(t, err, "folder.none")
	member := y.Actor(y.Account(2, "reader"))
	_, err = y.Folder.Move(t.Context(), member, bucket.Renaming{From: y.a, Prefix: "a/", To: y.a, Name: "b/"})
	apptest.Want(t, err, "access.denied")
	stranger := y.Actor(y.Account(y.Organisation("Else", false).ID, "stranger", access.RoleAdmin))
	_, err = y.Folder.Move(t.Context(), stranger, bucket.Renaming{From: y.a, Prefix: "a/", To: y.a, Name: "b/"})
	apptest.Want(t, err, "bucket.not_found")
}

// many fills a folder with more files than are moved at once.
func (y *yard) many() {
	y.t.Helper()
	for i := range folder.AtOnce + 60 {
		y.put(y.a, fmt.Sprintf("many/%04d", i))
	}
}

func (y *yard) task(id uint64) *task.Task {
	y.t.Helper()
	found, err := y.Task.Get(y.t.Context(), y.by, id)
	if err != nil {
		y.t.Fatal(err)
	}
	return found
}

func TestALargeFolderIsMovedInTheBackground(t *testing.T) {
	y := open(t)
	y.many()
	used := y.used()
	moved, err := y.move(y.a, "many/", y.a, "more/")
	if err != nil || moved.Task == 0 || moved.Objects != 0 {
		t.Fatalf("%+v, %v", moved, err)
	}
	_, err = y.move(y.a, "many/", y.a, "else/")
	apptest.Want(t, err, "folder.busy")
	if _, err := y.Task.Work(t.Context()); err != nil {
		t.Fatal(err)
	}
	done := y.task(moved.Task)
	if done.Phase() != task.Succeeded || done.Progress.Done != folder.AtOnce+60 || done.Progress.Total != folder.AtOnce+60 {
		t.Errorf("the task is %s at %+v", done.Phase(), done.Progress)
	}
	if got := y.keys(y.a); strings.Contains(got, "many/") || strings.Count(got, "more/") != folder.AtOnce+60 {
		t.Errorf("then there are %s", got)
	}
	if got := y.used(); got != used {
		t.Errorf("%s are counted, before %s", got, used)
	}
	y.Verify()
}

func TestAMoveThatCantGoOnSaysHowFarItCame(t *testing.T) {
	y := open(t)
	y.many()
	moved, err := y.move(y.a, "many/", y.a, "more/")
	if err != nil {
		t.Fatal(err)
	}
	y.put(y.a, "more/0120") // meanwhile somebody takes a name
	if _, err := y.Task.Work(t.Context()); err != nil {
		t.Fatal(err)
	}
	stuck := y.task(moved.Task)
	if stuck.Phase() != task.Failed || !strings.Contains(stuck.Reason, "100 of 160 files were moved") || !strings.Contains(stuck.Reason, `"more/0120"`) {
		t.Errorf("the task is %s: %s", stuck.Phase(), stuck.Reason)
	}
	// Out of the way, it goes on with what is left.
	if err := y.Bucket.Remove(t.Context(), y.by, y.a, "more/0120"); err != nil {
		t.Fatal(err)
	}
	if _, err := y.Task.Requeue(t.Context(), y.by, moved.Task); err != nil {
		t.Fatal(err)
	}
	if _, err := y.Task.Work(t.Context()); err != nil {
		t.Fatal(err)
	}
	if done := y.task(moved.Task); done.Phase() != task.Succeeded || done.Progress.Done != 60 {
		t.Errorf("the task is %s at %+v", done.Phase(), done.Progress)
	}
	if got := y.keys(y.a); strings.Count(got, "more/") != 160 || strings.Contains(got, "many/") {
		t.Errorf("then there are %s", got)
	}
	y.Verify()
}

func TestACancelledMoveLosesNothing(t *testing.T) {
	y := open(t)
	y.many()
	moved, err := y.move(y.a, "many/", y.a, "more/")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := y.Task.Cancel(context.Background(), y.by, moved.Task); err != nil {
		t.Fatal(err)
	}
	if _, err := y.Task.Work(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := y.keys(y.a); strings.Count(got, "many/") != 160 {
		t.Errorf("then there are %s", got)
	}
	if _, err := y.move(y.a, "many/", y.a, "other/"); err != nil {
		t.Errorf("it can't be moved again: %v", err)
	}
	y.Verify()
}

// A folder that is moved at once may be full of files that expire, and go to another
// bucket: one commit still holds it.
func TestFolderOfExpiringFilesMovesAtOnce(t *testing.T) {
	y := open(t)
	other := y.bucket("second")
	for i := range folder.AtOnce {
		key := fmt.Sprintf("old/%03d", i)
		d, err := y.Bucket.Receive(t.Context(), y.a.Tenant, strings.NewReader(key), int64(len(key)))
		if err == nil {
			_, err = y.Bucket.Commit(t.Context(), y.by, d, bucket.Put{Bucket: y.a, Key: key, Expires: y.Clock.Now().AddDate(0, 0, 1)})
		}
		if err = errors.Join(err, d.Discard(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
	moved, err := y.Folder.Move(t.Context(), y.by, bucket.Renaming{From: y.a, Prefix: "old/", To: other, Name: "new/"})
	if err != nil || moved.Objects != folder.AtOnce || moved.Task != 0 {
		t.Errorf("%+v %v", moved, err)
	}
}
