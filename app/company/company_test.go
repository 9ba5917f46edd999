package company_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"stoa/app"
	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/apptest"
	"stoa/app/bucket"
	"stoa/app/company"
	"stoa/app/fault"
	"stoa/app/notice"
	"stoa/app/org"
	"stoa/app/role"
	"stoa/app/session"
)

func TestACompanyComesWithItsAdministratorOrNotAtAll(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	weak := person("alder")
	weak.Password = "111111"
	for name, n := range map[string]company.New{
		"account.name_taken":    {Name: "Alder", Administrator: company.Person{Name: "harbour", Email: "other@example.com", Password: apptest.Password}},
		"company.password":      {Name: "Alder", Administrator: company.Person{Name: "alder", Email: "alder@example.com"}},
		"password.short":        {Name: "Alder", Administrator: weak},
		"org.name_missing":      {Name: " ", Administrator: person("alder")},
		"company.paid_quota":    {Name: "Alder", Paid: -1, Administrator: person("alder")},
		"account.telephone":     {Name: "Alder", Telephone: "call me", Administrator: person("alder")},
		"channel.not_found":     {Name: "Alder", Channel: org.Default, Administrator: person("alder")},
		"channel.over_capacity": {Name: "Alder", Paid: 1000*company.GiB + 1, Administrator: person("alder")},
	} {
		_, _, err := s.Company.Create(ctx, s.seller, n)
		if name == "password.short" && err != nil {
			continue // whichever of the policy's words
		}
		apptest.Want(t, err, name)
	}
	page, err := s.Company.List(ctx, s.seller, company.Filter{})
	s.check(err)
	if page.Total != 0 {
		t.Errorf("half a company was made: %+v", page.Items)
	}
	if _, err := s.App.App.Account.GetByLogin(ctx, s.Super, "alder"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("an administrator without a company: %v", err)
	}
	c, by := s.company("alder", 10*company.GiB)
	if by.Tenant != c.Unit.ID || by.Roles[0] != access.RoleCompanyAdmin || c.Administrator != "alder" || c.Unit.Channel != s.channel || c.Limit() != 10*company.GiB {
		t.Errorf("made %+v by %+v", c, by)
	}
	s.Login("alder")
	_, _, err = s.Company.Create(ctx, s.seller, company.New{Name: "ALDER", Administrator: person("alder2")})
	apptest.Want(t, err, "org.name_taken")
	_, _, err = s.Company.Create(ctx, s.Super, company.New{Name: "Alder", Administrator: person("alder3")})
	apptest.Want(t, err, "") // another channel's
	s.sound()
}

func TestChannels(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	for _, by := range []access.Actor{s.seller, {}} {
		if _, err := s.Company.CreateChannel(ctx, by, company.NewChannel{Name: "Other", Administrator: person("other")}); err == nil {
			t.Errorf("%q makes a channel", by.Name)
		}
	}
	if s.seller.Tenant != s.channel || s.seller.Roles[0] != access.RoleChannelAdmin {
		t.Errorf("the administrator: %+v", s.seller)
	}
	s.company("alder", 600*company.GiB)
	c, _ := s.company("birch", 300*company.GiB)
	found, err := s.Company.Channel(ctx, s.seller, s.channel)
	s.check(err)
	if found.Companies != 2 || found.Given != 900*company.GiB || found.Size != 1000*company.GiB {
		t.Errorf("the sums: %+v", found)
	}
	_, err = s.Company.Channel(ctx, s.seller, org.Default)
	apptest.Want(t, err, "channel.not_found")
	less, name := 899*company.GiB, "Harbour & Sons"
	_, err = s.Company.UpdateChannel(ctx, s.Super, s.channel, company.ChannelChange{Capacity: &less}, 0)
	apptest.Want(t, err, "channel.given_more")
	more := 400 * company.GiB
	_, err = s.Company.Update(ctx, s.seller, c.Unit.ID, company.Change{Paid: &more}, 0)
	s.check(err)
	more++
	_, err = s.Company.Update(ctx, s.seller, c.Unit.ID, company.Change{Paid: &more}, 0)
	apptest.Want(t, err, "channel.over_capacity")
	free := int64(1)
	_, err = s.Company.Update(ctx, s.seller, c.Unit.ID, company.Change{Free: &free}, 0)
	apptest.Want(t, err, "access.super")
	found, err = s.Company.UpdateChannel(ctx, s.Super, s.channel, company.ChannelChange{Name: &name}, found.Version)
	s.check(err)
	if found.Name != name || found.Given != found.Size {
		t.Errorf("renamed: %+v", found)
	}
	_, err = s.Company.UpdateChannel(ctx, s.Super, s.channel, company.ChannelChange{Name: &name}, found.Version-1)
	apptest.Want(t, err, "org.stale")
	whole, err := s.Company.Channel(ctx, s.Super, org.Default)
	s.check(err)
	if whole.Size <= 0 {
		t.Errorf("the default channel has %d bytes: the size of the disk is meant", whole.Size)
	}
	s.sound()
}

func TestRolesForCompaniesAreGivenInChannelsAlone(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	custom, err := s.Role.Create(ctx, s.Super, role.New{Name: "Resale reader", Shared: true, CopyOf: access.RoleChannelAdmin})
	s.check(err)
	c, _ := s.company("alder", company.GiB)
	for i, tenant := range []uint64{2, c.Unit.ID} {
		for _, id := range []uint64{access.RoleChannelAdmin, custom.ID} {
			_, err := s.App.App.Account.Create(ctx, s.Super, account.New{Name: fmt.Sprintf("wrong%d", i), Email: "wrong@example.com", Tenant: tenant, Roles: []uint64{id}, Password: apptest.Password})
			apptest.Want(t, err, "account.role_channel")
		}
	}
	s.Account(s.channel, "helper", custom.ID)
	s.Account(org.Default, "own", access.RoleChannelAdmin)
	member := s.Account(2, "plain")
	give := []uint64{access.RoleChannelAdmin}
	_, err = s.App.App.Account.Update(ctx, s.Super, member.ID, account.Change{Roles: &give}, 0)
	apptest.Want(t, err, "account.role_channel")
	s.sound()
}

func TestResellersDoNotMeet(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	_, err := s.Company.CreateChannel(ctx, s.Super, company.NewChannel{Name: "Lakeside", Capacity: company.GiB, Administrator: person("lakeside")})
	s.check(err)
	c, boss := s.company("alder", company.GiB)
	other := s.as("lakeside")
	name := "Taken"
	for what, fn := range map[string]func(access.Actor) error{
		"get":    func(by access.Actor) error { _, err := s.Company.Get(ctx, by, c.Unit.ID); return err },
		"days":   func(by access.Actor) error { _, err := s.Company.Days(ctx, by, c.Unit.ID, 30); return err },
		"freeze": func(by access.Actor) error { _, err := s.Company.Freeze(ctx, by, c.Unit.ID); return err },
		"thaw":   func(by access.Actor) error { _, err := s.Company.Thaw(ctx, by, c.Unit.ID); return err },
		"delete": func(by access.Actor) error { _, err := s.Company.Delete(ctx, by, c.Unit.ID); return err },
		"update": func(by access.Actor) error {
			_, err := s.Company.Update(ctx, by, c.Unit.ID, company.Change{Name: &name}, 0)
			return err
		},
		"certificate": func(by access.Actor) error { _, err := s.Company.Certificate(ctx, by, c.Unit.ID); return err },
		"statement":   func(by access.Actor) error { _, err := s.Company.Statement(ctx, by, s.channel, "2026-03"); return err },
		"list": func(by access.Actor) error {
			_, err := s.Company.List(ctx, by, company.Filter{Channel: s.channel})
			return err
		},
	} {
		if err := fn(other); fault.KindOf(err) != fault.NotFound || err == nil {
			t.Errorf("%s by another reseller: %v", what, err)
		}
		if err := fn(boss); fault.KindOf(err) != fault.Denied || err == nil {
			t.Errorf("%s by the company itself: %v", what, err)
		}
	}
	page, err := s.Company.List(ctx, other, company.Filter{})
	s.check(err)
	if len(page.Items) != 0 {
		t.Errorf("another reseller sees %+v", page.Items)
	}
}

func TestFreezingEndsEverythingAtOnceAndLosesNothing(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	c, by := s.company("alder", company.GiB)
	b := s.bucket(by, "alder-one")
	_, err := s.put(by, b, "kept", []byte("kept"))
	s.check(err)
	g := s.Login("alder")
	d, err := s.Bucket.Receive(ctx, by.Tenant, strings.NewReader("under way"), 0)
	s.check(err)
	defer d.Discard(ctx)
	s.Clock.Add(time.Minute)
	_, err = s.Company.Freeze(ctx, s.seller, c.Unit.ID)
	s.check(err)
	if _, err := s.Session.Authenticate(ctx, apptest.Origin("test"), g.Token); fault.KindOf(err) != fault.Unauthenticated {
		t.Errorf("a session goes on: %v", err)
	}
	_, err = s.Session.Login(ctx, apptest.Origin("test"), session.Login{Login: "alder", Password: apptest.Password})
	if fault.KindOf(err) != fault.Unauthenticated {
		t.Errorf("somebody signs in: %v", err)
	}
	if _, err := s.Bucket.Commit(ctx, by, d, bucket.Put{Bucket: b, Key: "under way"}); fault.KindOf(err) != fault.Denied {
		t.Errorf("an upload under way ends well: %v", err)
	}
	if _, err := s.Bucket.Receive(ctx, by.Tenant, strings.NewReader("new"), 0); fault.KindOf(err) != fault.Denied {
		t.Errorf("an upload begins: %v", err)
	}
	frozen, err := s.Company.Freeze(ctx, s.seller, c.Unit.ID) // twice: since the first time
	s.check(err)
	s.Clock.Add(time.Hour)
	again, err := s.Company.Freeze(ctx, s.seller, c.Unit.ID)
	s.check(err)
	if !again.FrozenAt.Equal(frozen.FrozenAt) || company.StateOf(&again.Unit, s.Clock.Now()) != company.Frozen {
		t.Errorf("frozen again: %+v", again)
	}
	_, err = s.Company.Thaw(ctx, s.seller, c.Unit.ID)
	s.check(err)
	s.Login("alder")
	if _, err := s.Bucket.Stat(ctx, by, b, "kept"); err != nil {
		t.Errorf("a file is lost: %v", err)
	}
	_, err = s.Company.Delete(ctx, s.seller, c.Unit.ID)
	apptest.Want(t, err, "company.active")
	s.sound()
}

func TestAQuotaIsHeldToTheByte(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	const most = 100_000
	c, by := s.company("alder", most)
	b := s.bucket(by, "alder-one")
	_, err := s.put(by, b, "almost", make([]byte, most-10))
	s.check(err)
	_, err = s.put(by, b, "too much", make([]byte, 11))
	apptest.Want(t, err, "usage.over_quota")
	_, err = s.put(by, b, "exactly", make([]byte, 10))
	s.check(err)
	less := int64(most - 1)
	_, err = s.Company.Update(ctx, s.seller, c.Unit.ID, company.Change{Paid: &less}, 0)
	apptest.Want(t, err, "company.uses_more")
	ends := s.Clock.Now().Add(time.Hour)
	more := int64(2 * most)
	_, err = s.Company.Update(ctx, s.seller, c.Unit.ID, company.Change{Paid: &more, ExpiresAt: &ends}, 0)
	s.check(err)
	_, err = s.put(by, b, "more", make([]byte, 10))
	s.check(err)
	s.Clock.Add(time.Hour)
	_, err = s.put(by, b, "late", make([]byte, 1))
	apptest.Want(t, err, "usage.expired")
	f, err := s.Bucket.Open(ctx, by, b, "almost")
	s.check(err)
	found, err := s.Company.Get(ctx, s.seller, c.Unit.ID)
	s.check(err)
	if !found.Expired || found.Used() != most+10 || f == nil {
		t.Errorf("after the end: %+v", found)
	}
	s.sound()
}

// endless gives zeros for ever and counts them.
type endless struct{ read int64 }

func (e *endless) Read(p []byte) (int, error) {
	e.read += int64(len(p))
	clear(p)
	return len(p), nil
}

func TestAnUploadWithoutEndStopsAtTheQuota(t *testing.T) {
	s := open(t)
	_, by := s.company("alder", 1_000_000)
	body := &endless{}
	_, err := s.Bucket.Receive(t.Context(), by.Tenant, body, 0)
	apptest.Want(t, err, "usage.over_quota")
	if body.read > 1_000_000+(8<<20) {
		t.Errorf("%d bytes were taken in", body.read)
	}
	s.sound()
}

func TestParallelUploadsKeepTheQuotaTogether(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	const most, size = 1_000_000, 70_000
	c, by := s.company("alder", most)
	b := s.bucket(by, "alder-one")
	var all sync.WaitGroup
	var mu sync.Mutex
	stored := 0
	for i := range 40 {
		all.Go(func() {
			_, err := s.put(by, b, fmt.Sprint(i), bytes.Repeat([]byte{byte(i)}, size))
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				stored++
			case fault.KindOf(err) != fault.OverQuota:
				t.Errorf("upload %d: %v", i, err)
			}
		})
	}
	all.Wait()
	for i := 0; stored < most/size && i < 40; i++ { // what two refused each other fits one after another
		if _, err := s.put(by, b, fmt.Sprint("again ", i), make([]byte, size)); err == nil {
			stored++
		}
	}
	found, err := s.Company.Get(ctx, s.seller, c.Unit.ID)
	s.check(err)
	if found.Used() != int64(stored*size) || stored != most/size {
		t.Errorf("%d files of %d bytes are stored, %d bytes counted of %d", stored, size, found.Used(), most)
	}
	s.sound()
}

func TestUsageStaysExactWhateverIsDone(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	const most = 300_000
	c, by := s.company("alder", most)
	buckets := []*bucket.Bucket{s.bucket(by, "alder-one"), s.bucket(by, "alder-two")}
	dice := rand.New(rand.NewPCG(3, 2026))
	have := map[string]int64{}
	frozen := false
	for range 400 {
		i := dice.IntN(2)
		key := fmt.Sprint(dice.IntN(12))
		at := fmt.Sprint(i, "/", key)
		var used int64
		for _, n := range have {
			used += n
		}
		switch dice.IntN(8) {
		case 0, 1, 2, 3:
			size := int64(dice.IntN(60_000))
			_, err := s.put(by, buckets[i], key, bytes.Repeat([]byte{byte(dice.IntN(4))}, int(size)))
			fits := used-have[at]+size <= most
			switch {
			case err == nil && !frozen:
				have[at] = size
			case fault.KindOf(err) == fault.OverQuota && (!fits || used+size > most), fault.KindOf(err) == fault.Exists, fault.KindOf(err) == fault.Denied && frozen:
			default:
				t.Fatalf("put %d with %d used of %d (frozen %v): %v", size, used, most, frozen, err)
			}
		case 4, 5:
			err := s.Bucket.Remove(ctx, by, buckets[i], key)
			if _, there := have[at]; there != (err == nil) {
				t.Fatalf("remove %s: %v", at, err)
			}
			delete(have, at)
		case 6:
			err := s.Bucket.Copy(ctx, by, buckets[i], key, buckets[1-i], key, bucket.Overwrite)
			to := fmt.Sprint(1-i, "/", key)
			if err == nil {
				have[to] = have[at]
			}
		case 7:
			if frozen = !frozen; frozen {
				_, err := s.Company.Freeze(ctx, s.seller, c.Unit.ID)
				s.check(err)
			} else {
				_, err := s.Company.Thaw(ctx, s.seller, c.Unit.ID)
				s.check(err)
			}
		}
	}
	var want int64
	for _, n := range have {
		want += n
	}
	found, err := s.Company.Get(ctx, s.seller, c.Unit.ID)
	s.check(err)
	if found.Used() != want || found.Objects != int64(len(have)) {
		t.Errorf("%d bytes in %d files are counted, %d in %d are there", found.Used(), found.Objects, want, len(have))
	}
	s.sound()
}

func TestStatements(t *testing.T) {
	s := open(t) // 2 March 2026
	ctx := t.Context()
	c, by := s.company("alder", company.GiB)
	b := s.bucket(by, "alder-one")
	for i, size := range []int{100, 300, 200} {
		_, err := s.put(by, b, "file", bytes.Repeat([]byte{byte(i)}, size))
		if err != nil {
			s.check(s.Bucket.Remove(ctx, by, b, "file"))
			_, err = s.put(by, b, "file", bytes.Repeat([]byte{byte(i)}, size))
		}
		s.check(err)
		s.check(s.Usage.Note(ctx))
		s.Clock.Add(24 * time.Hour)
	}
	s.check(s.Bucket.Remove(ctx, by, b, "file"))
	found, err := s.Company.Statement(ctx, s.seller, 0, "2026-03")
	s.check(err)
	if len(found.Lines) != 1 || found.Peak != 300 || found.Lines[0].Average != 200 || found.Lines[0].Last != 200 || found.Lines[0].Days != 3 || found.Limit != company.GiB {
		t.Errorf("March: %+v", found)
	}
	before, err := s.Company.Statement(ctx, s.seller, 0, "2026-02")
	s.check(err)
	if len(before.Lines) != 0 {
		t.Errorf("before it was opened: %+v", before)
	}
	_, err = s.Company.Statement(ctx, s.seller, 0, "March")
	apptest.Want(t, err, "statement.month")
	s.freeze(c.Unit.ID, 7*24*time.Hour)
	_, err = s.Company.Delete(ctx, s.seller, c.Unit.ID)
	s.check(err)
	s.work()
	gone, err := s.Company.Statement(ctx, s.seller, 0, "2026-03")
	s.check(err)
	if len(gone.Lines) != 1 || gone.Lines[0].Deleted.IsZero() || gone.Peak != 300 {
		t.Errorf("March, after it was deleted: %+v", gone)
	}
}

// told are the titles of somebody's notices, the latest first.
func (s *shop) told(by access.Actor) []string {
	s.t.Helper()
	page, err := s.Notice.Mine(s.t.Context(), by, notice.Filter{Limit: 50})
	s.check(err)
	var out []string
	for _, n := range page.Items {
		out = append(out, n.Title)
	}
	return out
}

func TestAlertsComeOnceEach(t *testing.T) {
	s := open(t, func(c *app.Config) { c.Message.Language = "en" })
	ctx := t.Context()
	c, by := s.company("alder", 1000)
	b := s.bucket(by, "alder-one")
	look := func(company, channel int) {
		t.Helper()
		for range 2 {
			s.check(s.Company.Alert(ctx))
		}
		if got := s.told(by); len(got) != company {
			t.Errorf("the company is told %q, want %d", got, company)
		}
		if got := s.told(s.seller); len(got) != channel {
			t.Errorf("the channel is told %q, want %d", got, channel)
		}
	}
	look(0, 0)
	put := func(key string, n int) {
		t.Helper()
		_, err := s.put(by, b, key, make([]byte, n))
		s.check(err)
		s.Clock.Add(time.Minute)
	}
	put("a", 790)
	look(0, 0)
	put("b", 10)
	look(1, 1)
	put("c", 110) // 91 %
	look(2, 2)
	put("d", 90) // 100 %
	look(3, 3)
	if got := s.told(by)[0]; got != "alder: 100 % of the storage quota is used" {
		t.Errorf("the last one: %q", got)
	}
	s.check(s.Bucket.Remove(ctx, by, b, "a")) // 21 %
	look(3, 3)
	put("e", 790) // 100 % again
	look(4, 4)
	ends := s.Clock.Now().Add(40 * 24 * time.Hour)
	_, err := s.Company.Update(ctx, s.seller, c.Unit.ID, company.Change{ExpiresAt: &ends}, 0)
	s.check(err)
	look(4, 4)
	for i, days := range []int{11, 22, 6, 2} { // 29, 7, 1 days ahead, then it is over
		s.Clock.Add(time.Duration(days) * 24 * time.Hour)
		if i == 1 {
			s.Clock.Add(time.Minute)
		}
		look(min(5+i, 7), min(5+i, 7))
	}
}

func TestDeletingNeedsTheFreezeOfTheConfiguration(t *testing.T) {
	s := open(t, func(c *app.Config) { c.Tenants.DeleteAfter, c.Tenants.FreeQuota = time.Hour, 500 })
	ctx := t.Context()
	c, _ := s.company("alder", 1000)
	if c.Limit() != 1500 {
		t.Errorf("a new company may keep %d", c.Limit())
	}
	_, err := s.Company.Freeze(ctx, s.seller, c.Unit.ID)
	s.check(err)
	s.Clock.Add(20 * time.Minute)
	_, err = s.Company.Delete(ctx, s.seller, c.Unit.ID)
	var waiting company.Waiting
	if !errors.As(fault.Of(err).Cause, &waiting) || waiting.Frozen != 20*time.Minute {
		t.Errorf("refused with %+v", err)
	}
	s.Clock.Add(40 * time.Minute)
	gone, err := s.Company.Delete(ctx, s.seller, c.Unit.ID)
	s.check(err)
	if company.StateOf(&gone.Unit, s.Clock.Now()) != company.Deleting || gone.Purge == nil {
		t.Errorf("being deleted: %+v", gone)
	}
	acting, err := s.Session.Authenticate(ctx, apptest.Origin("test"), s.Login("harbour").Token)
	s.check(err)
	if _, err := s.Session.SwitchTenant(ctx, acting, c.Unit.ID); fault.KindOf(err) != fault.NotFound {
		t.Errorf("the reseller acts in it: %v", err)
	}
	name := "still"
	_, err = s.Company.Update(ctx, s.seller, c.Unit.ID, company.Change{Name: &name}, 0)
	apptest.Want(t, err, "company.deleting")
	s.work()
	channel, err := s.Company.Channel(ctx, s.seller, s.channel)
	s.check(err)
	if channel.Given != 0 || channel.Companies != 0 {
		t.Errorf("the channel has its capacity back: %+v", channel)
	}
	_, _, err = s.Company.Create(ctx, s.seller, company.New{Name: "alder", Administrator: person("alder")})
	s.check(err) // names are free again
}
