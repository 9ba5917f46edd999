package naming

import (
	"strings"
	"testing"
)

func FuzzNormalForms(f *testing.F) {
	for _, s := range []string{"zhang.san", "张三", "a@b.cn", "+8613900000001", "139 0000 0001", "ﷺﷺ", "ß", "İ", "a\x00b", "user@例え.jp", "<a>@b.c", " x "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if name, err := Name(s, "", ""); err == nil {
			again, err := Name(name, "", "")
			if err != nil || again != name || Fold(Fold(name)) != Fold(name) || len(Fold(name)) > MaxFolded || strings.ContainsAny(name, "@ \n\x00") {
				t.Errorf("name %q gives %q, then %q, %v", s, name, again, err)
			}
		}
		if mail, err := Email(s); err == nil && mail != "" {
			again, err := Email(mail)
			if err != nil || again != mail || strings.Count(mail, "@") < 1 || strings.ContainsAny(mail, " \r\n\x00<>") {
				t.Errorf("e-mail %q gives %q, then %q, %v", s, mail, again, err)
			}
		}
		if phone, err := Phone(s); err == nil && phone != "" {
			again, err := Phone(phone)
			if err != nil || again != phone || len(phone) > 16 || strings.Trim(phone, "+0123456789") != "" {
				t.Errorf("phone %q gives %q, then %q, %v", s, phone, again, err)
			}
		}
	})
}
