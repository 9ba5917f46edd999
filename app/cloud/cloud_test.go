package cloud_test

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"time"

	"stoa/app"
	"stoa/app/access"
	"stoa/app/cloud"
	"stoa/app/fault"
	"stoa/blob/s3"
	"stoa/blob/s3/s3test"
	"stoa/store/kv"
)

const large = 300_000 // bytes: more than the store takes

func TestNewBytesGoToTheBuckets(t *testing.T) {
	server := s3test.Start(t, "alpha", "beta", "gamma")
	w := open(t)
	w.uploads(3, 100, "small") // live in the store
	w.uploads(6, large, "before")
	w.replace(at(server, "alpha"), at(server, "beta"))
	w.uploads(40, large, "two")
	w.uploads(2, 200, "tiny") // go to the buckets too
	before := w.where()
	if before["alpha"]+before["beta"] != 42 || before["appliance"] != 6 || before["alpha"] < 10 || before["beta"] < 10 {
		t.Errorf("with two buckets: %v", before)
	}
	w.replace(at(server, "alpha"), at(server, "beta"), at(server, "gamma"))
	if m := w.set().Move; m.State != cloud.Moving || m.Pieces != 6 || m.Left.Pieces != 6 || m.Left.Bytes < 6*large {
		t.Errorf("before it has begun: %+v", m)
	}
	w.settle()
	after := w.where()
	if after["alpha"] < before["alpha"] || after["beta"] < before["beta"] || after["appliance"] != 0 || objects(server, "gamma") != after["gamma"] {
		t.Errorf("what lay in a bucket stays there: %v, %v", before, after)
	}
	w.uploads(30, large, "three")
	if got := w.where(); got["gamma"] == after["gamma"] || got["alpha"]+got["beta"]+got["gamma"] != 78 {
		t.Errorf("with three buckets: %v", got)
	}
	if n := w.appliance(); n != 0 {
		t.Errorf("%d pieces left with the appliance", n)
	}
	w.whole()
	w.Verify()
}

// A bucket that is added takes its share of the keys from all others; no key moves
// between those.
func TestSpreadIsStable(t *testing.T) {
	server := s3test.Start(t, "one", "two", "three")
	w := open(t)
	w.replace(at(server, "one"), at(server, "two"))
	first := map[string]uint64{}
	for i := range 3000 {
		key := hex.EncodeToString([]byte{byte(i), byte(i >> 8)})
		places, err := w.Cloud.For(t.Context(), tenant, key)
		if err != nil || len(places) != 2 {
			t.Fatal(places, err)
		}
		first[key] = places[0]
	}
	w.replace(at(server, "two"), at(server, "three"), at(server, "one")) // the order does not matter
	old := slices.Compact(slices.Sorted(func(yield func(uint64) bool) {
		for _, p := range first {
			if !yield(p) {
				return
			}
		}
	}))
	moved := 0
	for key, was := range first {
		places, err := w.Cloud.For(t.Context(), tenant, key)
		if err != nil {
			t.Fatal(err)
		}
		if places[0] != was {
			if slices.Contains(old, places[0]) {
				t.Fatalf("%s went from %d to %d, which was there before", key, was, places[0])
			}
			moved++
		}
	}
	if moved < 850 || moved > 1150 {
		t.Errorf("%d of 3000 went to the new bucket, a third is its share", moved)
	}
}

func TestReplaceIsAllOrNothing(t *testing.T) {
	server := s3test.Start(t, "good", "also")
	w := open(t)
	w.replace(at(server, "good"))
	was := w.set()
	wrong := at(server, "good")
	wrong.Secret = "not the secret of this key"
	unknown := at(server, "good")
	unknown.Key = "nobody"
	for name, c := range map[string]struct {
		set   []cloud.New
		field string
		says  []string
	}{
		"no bucket":  {[]cloud.New{at(server, "good"), at(server, "absent")}, "credentials[1].bucket", []string{"credential 2 (bucket absent at " + server.Host, "no such bucket"}},
		"key":        {[]cloud.New{unknown}, "credentials[0].access_key", []string{"access key is not known"}},
		"secret":     {[]cloud.New{wrong}, "credentials[0].access_secret", []string{"secret does not fit"}},
		"both":       {[]cloud.New{at(server, "absent"), unknown}, "credentials[0].bucket", []string{"credential 1", "credential 2"}},
		"no server":  {[]cloud.New{{URL: "http://127.0.0.1:1", Bucket: "good", Key: "k", Secret: "s"}}, "credentials[0].url", []string{"does not answer"}},
		"no TLS":     {[]cloud.New{{URL: server.Host, Bucket: "good", Key: "k", Secret: "s"}}, "credentials[0].url", []string{"http://"}},
		"private":    {[]cloud.New{{URL: "http://10.1.2.3:9000", Bucket: "good", Key: "k", Secret: "s"}}, "credentials[0].url", []string{"private", "egress.allow"}},
		"metadata":   {[]cloud.New{{URL: "http://169.254.169.254", Bucket: "good", Key: "k", Secret: "s"}}, "credentials[0].url", []string{"link-local"}},
		"other port": {[]cloud.New{{URL: "http://192.0.2.7:22", Bucket: "good", Key: "k", Secret: "s"}}, "credentials[0].url", []string{"port 22"}},
	} {
		_, err := w.Cloud.Replace(t.Context(), w.by, c.set, cloud.VerifyAll, 0)
		f := fault.Of(err)
		if f == nil || f.Kind != fault.Invalid || f.Code != "cloud.unverified" || f.Field != c.field {
			t.Errorf("%s: %+v", name, f)
			continue
		}
		for _, part := range c.says {
			if !strings.Contains(f.Text, part) {
				t.Errorf("%s: %q does not say %q", name, f.Text, part)
			}
		}
		if strings.Contains(f.Text, wrong.Secret) {
			t.Errorf("%s: the secret is told: %q", name, f.Text)
		}
	}
	if now := w.set(); now.Version != was.Version || len(now.Current) != 1 || now.Current[0].Bucket != "good" {
		t.Errorf("a refused set has changed something: %+v", now)
	}
	if _, err := w.Cloud.Replace(t.Context(), w.by, []cloud.New{at(server, "absent")}, cloud.VerifyNone, 0); err != nil {
		t.Errorf("without verification: %v", err)
	}
	if _, err := w.Cloud.Replace(t.Context(), w.by, nil, cloud.VerifyAll, was.Version); fault.KindOf(err) != fault.Stale {
		t.Errorf("an old version: %v", err)
	}
	if got := server.Objects("good"); len(got) != 0 {
		t.Errorf("probes are left: %v", got)
	}
}

func TestSetsAreChecked(t *testing.T) {
	w := open(t, func(c *app.Config) { c.Storage.Credentials = 2 })
	good := cloud.New{URL: "s3.example.com", Bucket: "shop", Key: "key", Secret: "secret"}
	with := func(change func(*cloud.New)) cloud.New { c := good; change(&c); return c }
	for name, c := range map[string]struct {
		set   []cloud.New
		kind  fault.Kind
		field string
	}{
		"too many":    {[]cloud.New{good, good, good}, fault.TooLarge, "credentials"},
		"no url":      {[]cloud.New{with(func(c *cloud.New) { c.URL = " " })}, fault.Missing, "credentials[0].url"},
		"no key":      {[]cloud.New{good, with(func(c *cloud.New) { c.Key = "" })}, fault.Missing, "credentials[1].access_key"},
		"no secret":   {[]cloud.New{with(func(c *cloud.New) { c.Secret = "" })}, fault.Missing, "credentials[0].access_secret"},
		"bucket":      {[]cloud.New{with(func(c *cloud.New) { c.Bucket = "Shop" })}, fault.Invalid, "credentials[0].bucket"},
		"dots":        {[]cloud.New{with(func(c *cloud.New) { c.Bucket = "a..b" })}, fault.Invalid, "credentials[0].bucket"},
		"path":        {[]cloud.New{with(func(c *cloud.New) { c.URL = "https://s3.example.com/else" })}, fault.Invalid, "credentials[0].url"},
		"scheme":      {[]cloud.New{with(func(c *cloud.New) { c.URL = "file:///etc" })}, fault.Invalid, "credentials[0].url"},
		"style":       {[]cloud.New{with(func(c *cloud.New) { c.Style = "upside down" })}, fault.Invalid, "credentials[0].style"},
		"line":        {[]cloud.New{with(func(c *cloud.New) { c.Key = "a\nb" })}, fault.Invalid, "credentials[0].access_key"},
		"long":        {[]cloud.New{with(func(c *cloud.New) { c.Secret = strings.Repeat("s", 300) })}, fault.Invalid, "credentials[0].access_secret"},
		"two secrets": {[]cloud.New{good, with(func(c *cloud.New) { c.Secret = "another" })}, fault.Invalid, "credentials[1].access_secret"},
	} {
		f := fault.Of(refusal(w.Cloud.Replace(t.Context(), w.by, c.set, cloud.VerifyNone, 0)))
		if f == nil || f.Kind != c.kind || f.Field != c.field {
			t.Errorf("%s: %+v", name, f)
		}
	}
	if _, err := w.Cloud.Replace(t.Context(), w.by, []cloud.New{good, good}, cloud.VerifyNone, 0); err != nil || len(w.set().Current) != 1 {
		t.Errorf("the same credential twice is one: %v", err)
	}
}

// A secret is never shown again and lies sealed; left out it stays as it is.
func TestSecretsAreKept(t *testing.T) {
	server := s3test.Start(t, "safe", "other")
	w := open(t)
	w.replace(at(server, "safe"))
	set := w.set()
	if c := set.Current[0]; len(c.Secret) != 0 || c.Verified.IsZero() || c.URL != server.URL {
		t.Errorf("%+v", c)
	}
	found := false
	err := w.DB.Engine().View(t.Context(), func(r kv.Reader) error {
		return r.Scan(kv.Range{}, func(_, value []byte) bool {
			found = found || bytes.Contains(value, []byte(server.Secret))
			return !found
		})
	})
	if err != nil || found {
		t.Errorf("the secret lies in the store: %v %v", found, err)
	}
	again := at(server, "safe")
	again.Secret = ""
	w.replace(again, at(server, "other"))
	if now := w.set().Current; len(now) != 2 || now[0].ID != set.Current[0].ID {
		t.Errorf("%+v", now)
	}
	server.Kill() // what stays as it is need not be tried again
	if _, err := w.Cloud.Replace(t.Context(), w.by, []cloud.New{again}, cloud.VerifyChanged, 0); err != nil {
		t.Error(err)
	}
	server.Restart()
	again.Key = "another-key"
	if _, err := w.Cloud.Replace(t.Context(), w.by, []cloud.New{again}, cloud.VerifyNone, 0); fault.KindOf(err) != fault.Missing {
		t.Errorf("another key without its secret: %v", err)
	}
	again.Secret = "its secret"
	if _, err := w.Cloud.Replace(t.Context(), w.by, []cloud.New{again}, cloud.VerifyNone, 0); err != nil || w.set().Current[0].ID != set.Current[0].ID {
		t.Errorf("a replaced key is the same bucket: %v", err)
	}
}

func TestTestTellsOfEach(t *testing.T) {
	server := s3test.Start(t, "good")
	w := open(t)
	got, err := w.Cloud.Test(t.Context(), w.by, []cloud.New{at(server, "good"), at(server, "absent")})
	if err != nil || len(got) != 2 || !got[0].OK || got[1].OK || got[1].Reason != s3.NoBucket || got[1].Text == "" {
		t.Errorf("%+v %v", got, err)
	}
	if len(w.set().Current) != 0 {
		t.Error("a test keeps something")
	}
}

func TestRights(t *testing.T) {
	w := open(t)
	other := w.Actor(w.Account(5, "elsewhere", access.RoleAdmin))
	member := w.Actor(w.Account(tenant, "member", access.RoleMember))
	in := []cloud.New{{URL: "s3.example.com", Bucket: "shop", Key: "key", Secret: "secret"}}
	if _, err := w.Cloud.Replace(t.Context(), w.by, in, cloud.VerifyNone, 0); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"replace": refusal(w.Cloud.Replace(t.Context(), member, nil, cloud.VerifyNone, 0)),
		"begin":   refusal(w.Cloud.Begin(t.Context(), member)),
		"stop":    refusal(w.Cloud.Stop(t.Context(), member)),
		"test":    refusal(w.Cloud.Test(t.Context(), member, in)),
		"get":     refusal(w.Cloud.Get(t.Context(), member)),
	} {
		if fault.KindOf(err) != fault.Denied {
			t.Errorf("%s: %v", name, err)
		}
	}
	if set, err := w.Cloud.Get(t.Context(), other); err != nil || len(set.Current) != 0 {
		t.Errorf("another tenant sees %+v %v", set, err)
	}
	if _, err := w.Cloud.Replace(t.Context(), other, nil, cloud.VerifyNone, 0); err != nil || len(w.set().Current) != 1 {
		t.Errorf("another tenant's change reaches here: %v", err)
	}
}

// Two installations, or two tenants, in one bucket do not see each other's objects.
func TestOneBucketForTwo(t *testing.T) {
	server := s3test.Start(t, "shared")
	one, two := open(t), open(t)
	one.replace(at(server, "shared"))
	two.replace(at(server, "shared"))
	one.uploads(2, large, "one")
	two.uploads(3, large, "two")
	for _, w := range []*world{one, two} {
		w.Clock.Add(400 * 24 * time.Hour) // all objects are older than a day
		if err := w.Depot.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	one.whole()
	two.whole()
	if n := objects(server, "shared"); n != 5 {
		t.Errorf("%d objects", n)
	}
}
