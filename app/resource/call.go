package resource

import (
	"strings"

	"stoa/app/access"
)

// Call is one call that the server answers.
type Call struct {
	Method  string
	Path    string // with {name} parts: "/v1/roles/{id}"
	Dialect string
	Name    string // "v1.roles.get"
	Public  bool
	Needs   access.Set
}

// Serve tells which calls there are: paths of resources stand for what these need.
// Called before the server listens.
func (s *Service) Serve(calls []Call) { s.calls.Store(&calls) }

// Calls are the calls that there are.
func (s *Service) Calls() []Call {
	if calls := s.calls.Load(); calls != nil {
		return *calls
	}
	return nil
}

// Permissions are what a resource stands for.
func (s *Service) Permissions(v *Resource) access.Set {
	if p, ok := access.PermissionOf(v.URL); ok {
		return access.Of(p)
	}
	method, path, two := strings.Cut(v.URL, " ")
	if !two {
		method, path = "", v.URL
	}
	var all access.Set
	if !strings.HasPrefix(path, "/") {
		return all
	}
	for _, c := range s.Calls() {
		if (method == "" || method == c.Method) && (covers(path, c.Path) || covers("/api"+path, c.Path)) {
			all = all.Or(c.Needs)
		}
	}
	return all
}

// covers reports whether a resource's path stands for a call's.
func covers(pattern, path string) bool {
	base, below := strings.CutSuffix(pattern, "/**")
	want, have := parts(base), parts(path)
	if len(have) < len(want) || !below && len(have) != len(want) {
		return false
	}
	for i, w := range want {
		if w != have[i] && !wild(have[i]) {
			return false
		}
	}
	return true
}

// Find is the call that a request is answered by: the one with the fewest
// variable parts, as the server chooses.
func (s *Service) Find(method, path string) (Call, bool) {
	path, _, _ = strings.Cut(path, "?")
	have := parts(path)
	best, fewest := Call{}, -1
	for _, c := range s.Calls() {
		if c.Method != method && (c.Method != "GET" || method != "HEAD") {
			continue
		}
		if n, ok := fits(parts(c.Path), have); ok && (fewest < 0 || n < fewest) {
			best, fewest = c, n
		}
	}
	return best, fewest >= 0
}

// fits reports whether a request's path is a call's, and how many of its parts are
// variable there.
func fits(want, have []string) (variable int, ok bool) {
	if len(want) != len(have) {
		return 0, false
	}
	for i, w := range want {
		switch {
		case wild(w) && have[i] != "":
			variable++
		case w != have[i]:
			return 0, false
		}
	}
	return variable, true
}

func wild(part string) bool { return strings.HasPrefix(part, "{") }

func parts(path string) []string {
	path = strings.TrimSuffix(path, "{$}")
	return strings.Split(strings.Trim(path, "/"), "/")
}
