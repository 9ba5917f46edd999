package preference_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"stoa/app/access"
	"stoa/app/apptest"
	"stoa/app/preference"
)

func TestLimitsOfWhatIsKept(t *testing.T) {
	a := apptest.Open(t)
	ctx, by := t.Context(), a.Actor(a.Account(1, "keeper"))
	for i := range preference.MaxKeys {
		if _, err := a.Preference.Put(ctx, by, fmt.Sprintf("key-%d", i), []byte(` { "n" : 1 } `)); err != nil {
			t.Fatal(err)
		}
	}
	_, err := a.Preference.Put(ctx, by, "one-more", []byte(`1`))
	apptest.Want(t, err, "preference.too_many")
	if _, err := a.Preference.Put(ctx, by, "key-7", []byte(`{"n":2}`)); err != nil {
		t.Errorf("a key that is there: %v", err)
	}
	if err := a.Preference.Delete(ctx, by, "key-3"); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Preference.Put(ctx, by, "one-more", []byte(`1`)); err != nil {
		t.Errorf("in the place of another: %v", err)
	}
	p, err := a.Preference.Get(ctx, by, "key-1")
	if err != nil || string(p.Value) != `{"n":1}` {
		t.Errorf("kept %s, %v", p.Value, err)
	}
	for _, bad := range []string{"", "{", "nope", "\"\xff\"", `{"a":1} {}`} {
		_, err := a.Preference.Put(ctx, by, "bad", []byte(bad))
		apptest.Want(t, err, "preference.value")
	}
	for _, key := range []string{"", "A", "a/b", "a b", strings.Repeat("k", 65), "设置"} {
		_, err := a.Preference.Put(ctx, by, key, []byte(`1`))
		apptest.Want(t, err, "preference.key")
	}
	a.Verify()
}

func TestOpenedLast(t *testing.T) {
	a := apptest.Open(t)
	ctx, by := t.Context(), a.Actor(a.Account(1, "reader"))
	open := func(id int) {
		t.Helper()
		err := a.Preference.Opened(ctx, by, preference.Place{Kind: "account", ID: fmt.Sprint(id), Path: fmt.Sprintf("/accounts/%d", id)})
		if err != nil {
			t.Fatal(err)
		}
	}
	for i := range 30 {
		open(i)
	}
	open(20)
	first, err := a.Preference.Recent(ctx, by)
	if err != nil || len(first) != preference.MaxLast || first[0].ID != "20" || first[1].ID != "29" {
		t.Fatalf("%v %v", first, err)
	}
	a.Clock.Add(30 * time.Second)
	open(20)
	if again, _ := a.Preference.Recent(ctx, by); !again[0].At.Equal(first[0].At) {
		t.Error("the same record was written twice within a minute")
	}
	a.Clock.Add(time.Minute)
	open(20)
	if later, _ := a.Preference.Recent(ctx, by); later[0].At.Equal(first[0].At) {
		t.Error("opened again later, it still says when before")
	}
}

func TestPlacesStayInTheConsole(t *testing.T) {
	a := apptest.Open(t)
	by := a.Actor(a.Account(1, "marker"))
	for _, path := range []string{"", "accounts", "//example.com", "https://example.com", "/\\example.com", "/a\nb", "/" + strings.Repeat("x", 1024)} {
		_, err := a.Preference.Mark(t.Context(), by, preference.Place{Kind: "page", ID: "x", Path: path})
		apptest.Want(t, err, "place.path")
	}
	_, err := a.Preference.SetFavourites(t.Context(), by, []preference.Place{{Kind: "page", ID: "x", Path: "/a"}, {Kind: "page", ID: "x", Path: "/b"}})
	apptest.Want(t, err, "favourite.twice")
}

func TestADeletedAccountTakesItAllAlong(t *testing.T) {
	a := apptest.Open(t)
	ctx, who := t.Context(), a.Account(1, "leaver")
	by := a.Actor(who)
	for i := range preference.MaxKeys {
		if _, err := a.Preference.Put(ctx, by, fmt.Sprintf("key-%d", i), []byte(`"`+strings.Repeat("x", 16000)+`"`)); err != nil {
			t.Fatal(err)
		}
	}
	place := preference.Place{Kind: "page", ID: "home", Path: "/"}
	if _, err := a.Preference.Mark(ctx, by, place); err != nil {
		t.Fatal(err)
	}
	if err := a.Preference.Opened(ctx, by, place); err != nil {
		t.Fatal(err)
	}
	if _, refused, err := a.App.Account.Delete(ctx, a.Super, []uint64{who.ID}); err != nil || len(refused) > 0 {
		t.Fatal(refused, err)
	}
	left, err1 := a.Preference.All(ctx, by)
	marks, err2 := a.Preference.Favourites(ctx, by)
	last, err3 := a.Preference.Recent(ctx, by)
	if len(left)+len(marks)+len(last) > 0 || err1 != nil || err2 != nil || err3 != nil {
		t.Errorf("left behind: %d settings, %v, %v (%v %v %v)", len(left), marks, last, err1, err2, err3)
	}
	a.Verify()
}

func TestNothingIsKeptForPrograms(t *testing.T) {
	a := apptest.Open(t)
	_, err := a.Preference.All(t.Context(), access.Nobody(apptest.Origin("test")))
	apptest.Want(t, err, "session.required")
	_, err = a.Preference.All(t.Context(), access.Actor{Name: "program", Tenant: 1, Set: access.Of(access.SegmentDraw)})
	apptest.Want(t, err, "preference.person")
}
