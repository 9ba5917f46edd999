package fault

import (
	"errors"
	"testing"
)

func TestAllNamesEveryField(t *testing.T) {
	name, code := New(Missing, "x.name", "name", "a name is needed"), New(Invalid, "x.code", "code", "a code is letters")
	size := New(TooLarge, "x.size", "size", "too large")
	f := Of(All(nil, name, All(code, nil), All(size, New(Invalid, "x.name", "name", "again"))))
	if f.Code != "x.name" || len(f.More) != 2 || f.More[0] != code && f.More[0].Code != "x.code" || f.More[1].Code != "x.size" {
		t.Errorf("%+v", f)
	}
	for _, m := range f.More {
		if len(m.More) != 0 {
			t.Errorf("%s has more in it", m.Code)
		}
	}
	if len(name.More) != 0 || len(size.More) != 0 {
		t.Error("a fault that was given has changed")
	}
	if err := All(nil, nil); err != nil {
		t.Errorf("nothing is wrong: %v", err)
	}
	for _, alone := range []error{New(Denied, "x.denied", "role", "not yours"), New(NotFound, "x.gone", "id", "gone"), errors.New("disk")} {
		if f := Of(All(name, alone, code)); f.Code != Of(alone).Code || len(f.More) != 0 {
			t.Errorf("%v is not answered alone: %+v", alone, f)
		}
	}
}
