package menu

import (
	"testing"
	"unicode"
)

func TestDeliveredMenusHaveBothNamesUntilNamedAnew(t *testing.T) {
	t.Parallel()
	check := func(key string, one seed) {
		m := &Menu{Key: key, Name: one.name}
		english := m.English()
		if english == "" {
			t.Errorf("%s has no English name", key)
		}
		for _, r := range english {
			if unicode.Is(unicode.Han, r) {
				t.Errorf("%s is called %q in English", key, english)
				break
			}
		}
		if m.Name = "Front office"; m.English() != "" {
			t.Errorf("%s was named anew and is still called %q", key, m.English())
		}
	}
	for _, g := range seeds() {
		check(g.key, g.seed)
		for _, p := range g.pages {
			check(g.key+"/"+p.key, p)
		}
	}
	if own := (&Menu{Name: "系统管理"}).English(); own != "" {
		t.Errorf("a menu that somebody made is called %q", own)
	}
}
