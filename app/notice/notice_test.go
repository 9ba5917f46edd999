package notice_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/apptest"
	"stoa/app/notice"
	"stoa/app/org"
)

func send(t testing.TB, a *apptest.App, by access.Actor, to notice.Audience, title string) *notice.Notice {
	t.Helper()
	n, err := a.Notice.Send(t.Context(), by, notice.New{Title: title, Text: "The text of " + title, For: to})
	if err != nil {
		t.Fatalf("send %s: %v", title, err)
	}
	return n
}

func unread(t testing.TB, a *apptest.App, by access.Actor) int {
	t.Helper()
	n, err := a.Notice.Unread(t.Context(), by)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func titles(t testing.TB, a *apptest.App, by access.Actor, f notice.Filter) string {
	t.Helper()
	f.Limit = 500
	page, err := a.Notice.Mine(t.Context(), by, f)
	if err != nil || page.Total != len(page.Items) {
		t.Fatalf("%d of %d, %v", len(page.Items), page.Total, err)
	}
	var all []string
	for _, n := range page.Items {
		all = append(all, n.Title)
	}
	return strings.Join(all, " ")
}

func TestWhoGetsIt(t *testing.T) {
	a := apptest.Open(t)
	ctx := t.Context()
	admin := a.Actor(a.Account(1, "chief", access.RoleAdmin))
	top, err1 := a.Org.CreateDepartment(ctx, a.Super, org.NewDepartment{Parent: 1, Name: "top"})
	below, err2 := a.Org.CreateDepartment(ctx, a.Super, org.NewDepartment{Parent: top.ID, Name: "below"})
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	keep := false
	inside, err := a.App.Account.Create(ctx, a.Super, account.New{Name: "inside", Tenant: 1, Department: below.ID, Password: apptest.Password, MustChange: &keep})
	if err != nil {
		t.Fatal(err)
	}
	outside, owner, foreign := a.Account(1, "outside"), a.Account(1, "owner", access.RoleOwner), a.Account(a.Organisation("else", false).ID, "foreign")
	send(t, a, admin, notice.Audience{Scope: notice.All}, "all")
	send(t, a, admin, notice.Audience{Scope: notice.Departments, IDs: []uint64{top.ID}}, "department")
	send(t, a, admin, notice.Audience{Scope: notice.Roles, IDs: []uint64{access.RoleOwner}}, "role")
	send(t, a, admin, notice.Audience{Scope: notice.Accounts, IDs: []uint64{outside.ID}}, "named")
	a.Clock.Add(time.Minute)
	late := a.Account(1, "late")
	for who, want := range map[*account.Account]string{inside: "department all", outside: "named all", owner: "role all", foreign: "", late: ""} {
		by := a.Actor(who)
		if got := titles(t, a, by, notice.Filter{}); got != want {
			t.Errorf("%s has %q, want %q", who.Name, got, want)
		}
		if got := unread(t, a, by); got != len(strings.Fields(want)) {
			t.Errorf("%s has %d unread", who.Name, got)
		}
	}
	n, capped, err := a.Notice.Receivers(ctx, admin, notice.Audience{Scope: notice.Departments, IDs: []uint64{top.ID}})
	if err != nil || n != 1 || capped {
		t.Errorf("a department and those below: %d, %v", n, err)
	}
	_, err = a.Notice.Send(ctx, admin, notice.New{Title: "x", For: notice.Audience{Scope: notice.Accounts, IDs: []uint64{foreign.ID}}})
	apptest.Want(t, err, "notice.account")
	_, err = a.Notice.Send(ctx, admin, notice.New{Title: "x", For: notice.Audience{Scope: notice.Departments, IDs: []uint64{1}}})
	apptest.Want(t, err, "notice.department")
	_, err = a.Notice.Send(ctx, a.Actor(outside), notice.New{Title: "x", For: notice.Audience{Scope: notice.All}})
	apptest.Want(t, err, "access.denied")
	part := admin
	part.Roles, part.Sight, part.Units = []uint64{access.RoleMember}, access.ScopeUnits, []uint64{below.ID}
	_, err = a.Notice.Send(ctx, part, notice.New{Title: "x", For: notice.Audience{Scope: notice.All}})
	apptest.Want(t, err, "notice.reach")
	_, err = a.Notice.Send(ctx, part, notice.New{Title: "x", For: notice.Audience{Scope: notice.Departments, IDs: []uint64{top.ID}}})
	apptest.Want(t, err, "notice.department")
	send(t, a, part, notice.Audience{Scope: notice.Departments, IDs: []uint64{below.ID}}, "mine")
	a.Verify()
}

func TestExpiredNoticesAreGone(t *testing.T) {
	a := apptest.Open(t)
	ctx := t.Context()
	who := a.Account(1, "reader")
	by := a.Actor(who)
	until := a.Clock.Now().Add(time.Hour)
	for _, to := range []notice.Audience{{Scope: notice.All}, {Scope: notice.Accounts, IDs: []uint64{who.ID}}} {
		if _, err := a.Notice.Send(ctx, a.Super, notice.New{Title: "brief", For: to, Expires: until}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := a.Notice.ReadAll(ctx, by); err != nil {
		t.Fatal(err)
	}
	a.Clock.Add(2 * time.Hour)
	if got := titles(t, a, by, notice.Filter{}); got != "" {
		t.Errorf("still there: %q", got)
	}
	if _, _, err := a.DB.Reap(ctx, 1000); err != nil {
		t.Fatal(err)
	}
	if page, err := a.Notice.Sent(ctx, a.Super, 1, 10); err != nil || page.Total != 0 {
		t.Errorf("sent: %+v %v", page, err)
	}
	for _, wrong := range []time.Time{a.Clock.Now(), a.Clock.Now().Add(400 * 24 * time.Hour)} {
		_, err := a.Notice.Send(ctx, a.Super, notice.New{Title: "x", For: notice.Audience{Scope: notice.All}, Expires: wrong})
		apptest.Want(t, err, "notice.expires")
	}
	a.Verify()
}

func TestReadingIsCountedOnce(t *testing.T) {
	a := apptest.Open(t)
	ctx := t.Context()
	n := send(t, a, a.Super, notice.Audience{Scope: notice.All}, "all")
	one := a.Actor(a.Account(1, "after"))
	if _, err := a.Notice.Open(ctx, one, n.ID); err != nil {
		t.Fatal(err) // made at the same moment as the notice was sent: it is theirs
	}
	for range 2 {
		if _, err := a.Notice.Open(ctx, a.Super, n.ID); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := a.Notice.Get(ctx, a.Super, n.ID); err != nil || got.Reads != 2 {
		t.Errorf("two have read it: %+v %v", got, err)
	}
}

// Whatever is sent, read, removed and withdrawn in whatever order: what somebody
// has and has not read is what a plain list of it says.
func TestUnreadAgreesWithAPlainList(t *testing.T) {
	a := apptest.Open(t)
	ctx := t.Context()
	people := []*account.Account{a.Account(1, "p0", access.RoleOwner), a.Account(1, "p1"), a.Account(1, "p2")}
	type mark struct{ who, id uint64 }
	mine, read := map[mark]bool{}, map[mark]bool{}
	var sent []uint64
	r := rand.New(rand.NewPCG(7, 11))
	for range 600 {
		who := people[r.IntN(len(people))]
		by := a.Actor(who)
		a.Clock.Add(time.Second)
		pick := uint64(0)
		if len(sent) > 0 {
			pick = sent[r.IntN(len(sent))]
		}
		m := mark{who.ID, pick}
		switch r.IntN(10) {
		case 0, 1:
			to, reached := notice.Audience{Scope: notice.All}, people
			if r.IntN(2) == 0 {
				to, reached = notice.Audience{Scope: notice.Roles, IDs: []uint64{access.RoleOwner}}, people[:1]
			}
			n := send(t, a, a.Super, to, fmt.Sprint("n", len(sent)))
			sent = append(sent, n.ID)
			for _, p := range reached {
				mine[mark{p.ID, n.ID}] = true
			}
		case 2, 3:
			n := send(t, a, a.Super, notice.Audience{Scope: notice.Accounts, IDs: []uint64{who.ID}}, fmt.Sprint("n", len(sent)))
			sent = append(sent, n.ID)
			mine[mark{who.ID, n.ID}] = true
		case 4, 5, 6:
			if _, err := a.Notice.Open(ctx, by, pick); (err == nil) != mine[m] {
				t.Fatalf("open %v: %v", m, err)
			} else if err == nil {
				read[m] = true
			}
		case 7:
			if err := a.Notice.Remove(ctx, by, pick); (err == nil) != mine[m] {
				t.Fatalf("remove %v: %v", m, err)
			}
			delete(mine, m)
		case 8:
			if r.IntN(4) > 0 {
				continue
			}
			if _, err := a.Notice.ReadAll(ctx, by); err != nil {
				t.Fatal(err)
			}
			for _, id := range sent {
				if one := (mark{who.ID, id}); mine[one] {
					read[one] = true
				}
			}
		case 9:
			if pick != 0 && r.IntN(3) == 0 && a.Notice.Withdraw(ctx, a.Super, pick) == nil {
				for _, p := range people {
					delete(mine, mark{p.ID, pick})
				}
			}
		}
		want, all := 0, 0
		for one := range mine {
			if one.who == who.ID {
				all++
				if !read[one] {
					want++
				}
			}
		}
		page, err := a.Notice.Mine(ctx, by, notice.Filter{Limit: 1})
		if err != nil || unread(t, a, by) != want || page.Total != all {
			t.Fatalf("%s: %d unread of %d, want %d of %d (%v)", who.Name, unread(t, a, by), page.Total, want, all, err)
		}
	}
	a.Verify()
}

func TestReadersAreFoundByTextAndSender(t *testing.T) {
	a := apptest.Open(t)
	by := a.Actor(a.Account(1, "finder"))
	send(t, a, a.Super, notice.Audience{Scope: notice.All}, "Canteen")
	send(t, a, a.Super, notice.Audience{Scope: notice.All}, "Parking")
	no := false
	for f, want := range map[*notice.Filter]string{
		{Text: "CANTEEN"}: "Canteen", {Text: "the text of p"}: "Parking", {Title: "text of"}: "", {Sender: apptest.SuperName}: "Parking Canteen",
		{Sender: "nobody"}: "", {Read: &no}: "Parking Canteen",
	} {
		if got := titles(t, a, by, *f); got != want {
			t.Errorf("%+v finds %q, want %q", *f, got, want)
		}
	}
}
