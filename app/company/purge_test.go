package company_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"stoa/app"
	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/application"
	"stoa/app/apptest"
	"stoa/app/audit"
	"stoa/app/bucket"
	"stoa/app/company"
	"stoa/app/extract"
	"stoa/app/fault"
	"stoa/app/image"
	"stoa/app/link"
	"stoa/app/listing"
	"stoa/app/notice"
	"stoa/app/org"
	"stoa/app/position"
	"stoa/app/role"
	"stoa/app/segment"
	"stoa/app/session"
	"stoa/app/source"
	"stoa/app/source/ldap"
	"stoa/app/task"
	"stoa/store"
)

// shop is an installation with a reseller.
type shop struct {
	*apptest.App
	t       *testing.T
	channel uint64
	seller  access.Actor
}

func open(t *testing.T, change ...func(*app.Config)) *shop {
	t.Helper()
	s := &shop{App: apptest.Open(t, change...), t: t}
	made, err := s.Company.CreateChannel(t.Context(), s.Super, company.NewChannel{Name: "Harbour Resale", Capacity: 1000 * company.GiB,
		Administrator: person("harbour")})
	s.check(err)
	s.channel, s.seller = made.ID, s.as("harbour")
	return s
}

func person(name string) company.Person {
	return company.Person{Name: name, Email: name + "@example.com", Password: apptest.Password}
}

func (s *shop) check(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// as is an account as an actor.
func (s *shop) as(name string) access.Actor {
	s.t.Helper()
	a, err := s.App.App.Account.GetByLogin(s.t.Context(), s.Super, name)
	s.check(err)
	return s.Actor(a)
}

// company opens one with an administrator of the same name.
func (s *shop) company(name string, paid int64) (*company.Company, access.Actor) {
	s.t.Helper()
	c, _, err := s.Company.Create(s.t.Context(), s.seller, company.New{Name: name, Paid: paid, Administrator: person(name)})
	s.check(err)
	return c, s.as(name)
}

// put stores a file and answers its hash.
func (s *shop) put(by access.Actor, b *bucket.Bucket, key string, content []byte) (string, error) {
	s.t.Helper()
	d, err := s.Bucket.Receive(s.t.Context(), by.Tenant, bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return "", err
	}
	defer d.Discard(s.t.Context())
	o, err := s.Bucket.Commit(s.t.Context(), by, d, bucket.Put{Bucket: b, Key: key})
	if err != nil {
		return "", err
	}
	return o.Hash, nil
}

func (s *shop) bucket(by access.Actor, name string) *bucket.Bucket {
	s.t.Helper()
	b, err := s.Bucket.Create(s.t.Context(), by, bucket.New{Name: name})
	s.check(err)
	return b
}

// work does what is queued until nothing is.
func (s *shop) work() {
	s.t.Helper()
	for range 1000 {
		n, err := s.Task.Work(s.t.Context())
		s.check(err)
		if n == 0 {
			return
		}
	}
	s.t.Fatal("the work does not end")
}

// settle does what the server does now and then.
func (s *shop) settle() {
	s.t.Helper()
	ctx := s.t.Context()
	_, err := s.Follow.Sweep(ctx)
	s.check(err)
	s.check(s.Avatar.Sweep(ctx))
	s.check(s.Tally.Flush(ctx))
	s.check(s.Bucket.Sweep(ctx))
	s.check(s.Depot.Sweep(ctx))
	for n := 1; n > 0; {
		n, _, err = s.DB.Reap(ctx, 1000)
		s.check(err)
	}
}

// kept are tables that say nothing of what a company owned: what was done and by
// whom, what is counted for all, and the certificate.
func kept(table string) bool {
	for _, prefix := range []string{"audit_", "task", "throttle", "company_purge", "channel_given", "seal", "message"} {
		if strings.HasPrefix(table, prefix) {
			return true
		}
	}
	return strings.HasSuffix(table, "_id")
}

// dump is every row of the store, but of tables that stay.
func (s *shop) dump() map[string]string {
	s.t.Helper()
	tables := s.DB.Tables()
	out := map[string]string{}
	s.check(s.DB.View(s.t.Context(), func(r store.Reader) error {
		return store.Pairs(r, func(k, v []byte) bool {
			if id, row := store.RowOf(k); row && !kept(tables[id]) {
				out[fmt.Sprintf("%s %x", tables[id], k)] = string(v)
			}
			return true
		})
	}))
	return out
}

// furnish makes one of everything in a company, and answers the hashes of its files
// in the order of their names.
func (s *shop) furnish(c *company.Company, by access.Actor) []string {
	s.t.Helper()
	ctx := s.t.Context()
	var hashes []string
	for _, name := range []string{"alder-one", "alder-two"} {
		b := s.bucket(by, name)
		for _, key := range []string{"a.txt", "b.bin", "c.bin"} {
			content := bytes.Repeat([]byte(name+key), 1+int(key[0]-'a')*4000)
			hash, err := s.put(by, b, key, content)
			s.check(err)
			hashes = append(hashes, hash)
		}
		u, err := s.Upload.Start(ctx, by, b, nil)
		s.check(err)
		_, err = s.Upload.PutPart(ctx, by, b, u.ID, 1, bytes.NewReader(make([]byte, 70_000)), 70_000)
		s.check(err)
	}
	s.people(c, by)
	_, err := s.Image.Register(ctx, by, image.New{URL: "https://pictures.example.com/a.png", Filename: "a.png"})
	s.check(err)
	_, _, err = s.AccessKey.Create(ctx, by, "uploads")
	s.check(err)
	_, _, err = s.Application.Create(ctx, by, application.New{Name: "desktop"})
	s.check(err)
	s.Application.Know(func(string) (access.Set, bool) { return access.Of(access.SegmentRead), true })
	name, call := "numbers", "GET /v1/segments"
	_, err = s.Application.CreateInterface(ctx, by, application.InterfaceChange{Name: &name, URL: &call})
	s.check(err)
	_, err = s.Segment.Create(ctx, by, segment.New{Tag: "alder-orders"})
	s.check(err)
	_, err = s.Segment.Draw(ctx, by, "alder-orders", 3)
	s.check(err)
	_, err = s.Link.Create(ctx, s.Super, link.New{Tenant: c.Unit.ID, NameEN: "Wiki", URL: "https://wiki.example.com"})
	s.check(err)
	_, err = s.Source.Create(ctx, s.Super, source.New{Tenant: c.Unit.ID, Kind: source.LDAP, Name: "Directory", Enabled: true,
		LDAP: &ldap.Settings{Host: "ldap.example.com", Port: 636, Security: "ldaps", Base: "dc=example,dc=com"}, Policy: source.Policy{Home: c.Unit.ID}})
	s.check(err)
	_, err = s.Notice.Send(ctx, by, notice.New{Title: "Hello", For: notice.Audience{Scope: notice.All}})
	s.check(err)
	_, err = s.Notice.Send(ctx, by, notice.New{Title: "You", For: notice.Audience{Scope: notice.Accounts, IDs: []uint64{by.Account}}})
	s.check(err)
	_, err = s.Extract.Begin(ctx, by, extract.Export{Format: "csv"})
	s.check(err)
	s.check(s.Audit.SetRetention(ctx, s.Super, c.Unit.ID, 400))
	s.Tally.Note(by)
	s.check(s.Tally.Flush(ctx))
	s.check(s.Usage.Note(ctx))
	return hashes
}

// people are accounts, where they are and what they may do.
func (s *shop) people(c *company.Company, by access.Actor) {
	s.t.Helper()
	ctx := s.t.Context()
	top, err := s.Org.CreateDepartment(ctx, by, org.NewDepartment{Name: "Yard"})
	s.check(err)
	below, err := s.Org.CreateDepartment(ctx, by, org.NewDepartment{Name: "Crane", Parent: top.ID})
	s.check(err)
	post, err := s.Position.Create(ctx, by, position.Post, position.New{Name: "Smith"})
	s.check(err)
	grade, err := s.Position.Create(ctx, by, position.Grade, position.New{Name: "Senior"})
	s.check(err)
	own, err := s.Role.Create(ctx, by, role.New{Name: "Clerk", Scope: role.All})
	s.check(err)
	must := false
	worker, err := s.App.App.Account.Create(ctx, by, account.New{Name: "alder-worker", Email: "alder-worker@example.com", Password: apptest.Password, Department: below.ID,
		Posts: []uint64{post.ID}, Grade: grade.ID, Roles: []uint64{own.ID}, MustChange: &must})
	s.check(err)
	owner := s.Account(c.Unit.ID, "alder-owner", access.RoleOwner)
	s.Secondary(owner, "alder-second")
	s.Login("alder-owner")
	s.Login("alder-worker")
	_, err = s.Session.RotateToken(ctx, s.Actor(worker))
	s.check(err)
	_, err = s.App.App.Credential.StartTOTP(ctx, s.Actor(owner))
	s.check(err)
	s.check(s.Follow.Set(ctx, s.Actor(owner), apptest.SuperName, true))
	_, err = s.Preference.Put(ctx, s.Actor(owner), "table.accounts", []byte(`{"density":"compact"}`))
	s.check(err)
}

// freeze freezes a company and lets so much time pass.
func (s *shop) freeze(id uint64, passes time.Duration) {
	s.t.Helper()
	_, err := s.Company.Freeze(s.t.Context(), s.seller, id)
	s.check(err)
	s.Clock.Add(passes)
}

func TestNothingIsLeftOfADeletedCompany(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	s.company("birch", 10*company.GiB) // a neighbour that stays
	s.Tally.Note(s.Super)
	s.settle()
	before := s.dump()
	c, by := s.company("alder", 10*company.GiB)
	hashes := s.furnish(c, by)
	s.freeze(c.Unit.ID, 7*24*time.Hour-time.Second)
	_, err := s.Company.Delete(ctx, s.seller, c.Unit.ID)
	apptest.Want(t, err, "company.frozen_short")
	s.Clock.Add(time.Second)
	_, err = s.Company.Delete(ctx, s.seller, c.Unit.ID)
	s.check(err)
	_, err = s.Company.Thaw(ctx, s.seller, c.Unit.ID)
	apptest.Want(t, err, "company.deleting")
	_, err = s.Company.Delete(ctx, s.seller, c.Unit.ID) // again
	s.check(err)
	s.work()
	p, err := s.Company.Certificate(ctx, s.seller, c.Unit.ID)
	s.check(err)
	h := sha256.New()
	for _, sum := range hashes {
		_, _ = io.WriteString(h, sum+"\n")
	}
	if p.Sum() != hex.EncodeToString(h.Sum(nil)) || p.Of(company.Files) != 6 || p.Of(company.Buckets) != 2 || p.Of("accounts") != 4 || p.Bytes == 0 {
		t.Errorf("the certificate: %+v", p)
	}
	s.settle()
	after := s.dump()
	for k := range after {
		if _, was := before[k]; !was {
			t.Errorf("left behind: %s", k)
		}
	}
	for k := range before {
		if _, is := after[k]; !is && !strings.HasPrefix(k, "session") && !strings.HasPrefix(k, "tally_visitor") {
			t.Errorf("taken from others: %s", k)
		}
	}
	for _, tenant := range []uint64{s.channel, org.Default} {
		page, err := s.Audit.List(ctx, s.Super, audit.Filter{Tenant: tenant, Action: "company.purged", Limit: 10})
		s.check(err)
		if len(page.Items) != 1 || !strings.Contains(page.Items[0].Params, p.Sum()) {
			t.Errorf("the log of %d: %+v", tenant, page.Items)
		}
	}
	s.sound()
}

// sound holds everything that is counted against what there is.
func (s *shop) sound() {
	s.t.Helper()
	s.Verify()
	problems, err := s.CheckStorage(s.t.Context(), true)
	s.check(err)
	for _, p := range problems {
		s.t.Error(p)
	}
}

func TestAStoppedDeletionGoesOn(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	c, by := s.company("alder", 10*company.GiB)
	b := s.bucket(by, "alder-one")
	for i := range 100 {
		_, err := s.put(by, b, fmt.Sprintf("%03d", i), []byte{byte(i)})
		s.check(err)
	}
	s.freeze(c.Unit.ID, 8*24*time.Hour)
	_, err := s.Company.Delete(ctx, s.seller, c.Unit.ID)
	s.check(err)
	stopped, cancel := context.WithCancel(ctx)
	go func() {
		for {
			u, err := s.Usage.RoomOf(ctx, c.Unit.ID)
			if err != nil || u.Objects < 100 {
				cancel()
				return
			}
		}
	}()
	_, _ = s.Task.Work(stopped) // ends somewhere in the middle, or at the end
	page, err := s.Task.List(ctx, s.seller, task.Filter{Type: company.PurgeType, Active: true})
	s.check(err)
	for _, x := range page.Items {
		_, err := s.Task.Cancel(ctx, s.seller, x.ID)
		s.check(err)
	}
	s.check(s.Company.Resume(ctx))
	s.work()
	p, err := s.Company.Certificate(ctx, s.seller, c.Unit.ID)
	s.check(err)
	if p.Of(company.Files) != 100 || p.Bytes != 100 {
		t.Errorf("the certificate: %+v", p)
	}
	list, err := s.Company.Certificates(ctx, s.seller, 0, listing.Ask{})
	s.check(err)
	if list.Total != 1 {
		t.Errorf("certificates: %+v", list)
	}
	_, err = s.Company.Get(ctx, s.seller, c.Unit.ID)
	if fault.KindOf(err) != fault.NotFound {
		t.Errorf("the company is there: %v", err)
	}
	s.settle()
	s.sound()
}

func TestAChannelGoesWhenItHasNoCompanies(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	s.settle()
	before := s.dump()
	made, err := s.Company.CreateChannel(ctx, s.Super, company.NewChannel{Name: "Second Hand", Capacity: 100 * company.GiB, Administrator: person("second")})
	s.check(err)
	seller := s.as("second")
	c, _, err := s.Company.Create(ctx, seller, company.New{Name: "Ash", Paid: company.GiB, Administrator: person("ash")})
	s.check(err)
	_, err = s.Company.DeleteChannel(ctx, seller, made.ID)
	apptest.Want(t, err, "access.denied")
	_, err = s.Company.DeleteChannel(ctx, s.Super, org.Default)
	apptest.Want(t, err, "channel.default")
	_, err = s.Company.DeleteChannel(ctx, s.Super, c.Unit.ID)
	apptest.Want(t, err, "channel.not_found")
	_, err = s.Company.DeleteChannel(ctx, s.Super, made.ID)
	apptest.Want(t, err, "channel.in_use")
	if !strings.Contains(err.Error(), "1 companies") {
		t.Errorf("it does not say how many: %v", err)
	}
	_, err = s.Company.Freeze(ctx, seller, c.Unit.ID)
	s.check(err)
	s.Clock.Add(7 * 24 * time.Hour)
	_, err = s.Company.Delete(ctx, seller, c.Unit.ID)
	s.check(err)
	_, err = s.Company.DeleteChannel(ctx, s.Super, made.ID) // the company is still going
	apptest.Want(t, err, "channel.in_use")
	s.work()

	by := seller
	by.Tenant = made.ID
	s.put(by, s.bucket(by, "own"), "price list", []byte("ten"))
	going, err := s.Company.DeleteChannel(ctx, s.Super, made.ID)
	s.check(err)
	if going.Purge == nil || going.Purge.Expected != 2 {
		t.Errorf("it says %+v", going.Purge)
	}
	_, err = s.Session.Login(ctx, apptest.Origin("test"), session.Login{Login: "second", Password: apptest.Password})
	if err == nil {
		t.Error("its administrator signs in")
	}
	_, _, err = s.Company.Create(ctx, s.Super, company.New{Channel: made.ID, Name: "Late", Administrator: person("late")})
	apptest.Want(t, err, "channel.deleting")
	s.work()
	_, err = s.Company.Channel(ctx, s.Super, made.ID)
	apptest.Want(t, err, "channel.not_found")
	p, err := s.Company.Certificate(ctx, s.Super, made.ID)
	s.check(err)
	if p.Kind() != org.KindChannel || p.Of(company.Files) != 1 || p.Of("accounts") != 1 || p.Channel != org.Default {
		t.Errorf("the certificate: %+v", p)
	}
	// The company's certificate stays, and its channel's name in it.
	if p, err = s.Company.Certificate(ctx, s.Super, c.Unit.ID); err != nil || p.ChannelName != "Second Hand" {
		t.Errorf("the company's certificate: %+v, %v", p, err)
	}
	page, err := s.Audit.List(ctx, s.Super, audit.Filter{Tenant: org.Default, Action: "channel.purged", Limit: 10})
	s.check(err)
	if len(page.Items) != 1 || page.Items[0].ObjectName != "Second Hand" {
		t.Errorf("the log: %+v", page.Items)
	}
	st, err := s.Company.Statement(ctx, s.Super, org.Default, s.Clock.Now().Format("2006-01"))
	s.check(err)
	for _, l := range st.Lines {
		if l.Company == made.ID {
			t.Error("the channel is in the statement of the installation's own")
		}
	}
	s.settle()
	for k := range s.dump() {
		if _, was := before[k]; !was {
			t.Errorf("left behind: %s", k)
		}
	}
	s.sound()
}
