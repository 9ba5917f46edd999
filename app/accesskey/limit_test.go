package accesskey_test

import (
	"fmt"
	"testing"

	"stoa/app/access"
	"stoa/app/accesskey"
	"stoa/app/apptest"
	"stoa/app/fault"
)

// An account has so many keys at most, and goes with all of them.
func TestAccountWithManyKeysIsDeleted(t *testing.T) {
	a := apptest.Open(t)
	of := a.Account(2, "keeper", access.RoleAdmin)
	by := a.Actor(of)
	for i := range accesskey.MaxOwn {
		if _, _, err := a.AccessKey.Create(t.Context(), by, fmt.Sprint("key ", i)); err != nil {
			t.Fatal(i, err)
		}
	}
	if _, _, err := a.AccessKey.Create(t.Context(), by, "one more"); fault.KindOf(err) != fault.TooLarge {
		t.Error(err)
	}
	if done, refused, err := a.App.Account.Delete(t.Context(), a.Super, []uint64{of.ID}); err != nil || len(done) != 1 {
		t.Error(refused, err)
	}
	a.Verify()
}
