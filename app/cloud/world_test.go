package cloud_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"stoa/app"
	"stoa/app/access"
	"stoa/app/apptest"
	"stoa/app/bucket"
	"stoa/app/cloud"
	"stoa/app/depot"
	"stoa/blob"
	"stoa/blob/s3/s3test"
)

// world is an App whose endpoints may be on the loopback, and a tenant's
// administrator with a bucket of files.
type world struct {
	*apptest.App
	t     *testing.T
	by    access.Actor
	files *bucket.Bucket
	put   map[string][32]byte // what was acknowledged
}

const tenant = 2

func open(t *testing.T, change ...func(*app.Config)) *world {
	t.Helper()
	a := apptest.Open(t, append([]func(*app.Config){func(c *app.Config) { c.Egress.Allow = []string{"127.0.0.1"} }}, change...)...)
	w := &world{App: a, t: t, by: a.Actor(a.Account(tenant, "keeper", access.RoleAdmin)), put: map[string][32]byte{}}
	var err error
	if w.files, err = a.Bucket.Create(t.Context(), w.by, bucket.New{Name: "house-files"}); err != nil {
		t.Fatal(err)
	}
	return w
}

// at is the credential of a bucket at a server.
func at(s *s3test.Server, bucket string) cloud.New {
	return cloud.New{URL: s.URL, Bucket: bucket, Key: s.Key, Secret: s.Secret}
}

func (w *world) replace(in ...cloud.New) {
	w.t.Helper()
	if _, err := w.Cloud.Replace(w.t.Context(), w.by, in, cloud.VerifyAll, 0); err != nil {
		w.t.Fatal(err)
	}
}

func noise(n int, seed byte) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{byte(n), byte(n >> 8), seed})
	_, _ = r.Read(b)
	return b
}

// upload puts a file; what was acknowledged is expected to be there for ever.
func (w *world) upload(key string, body []byte) error {
	d, err := w.Bucket.Receive(w.t.Context(), tenant, bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return err
	}
	defer func() { _ = d.Discard(w.t.Context()) }()
	if _, err = w.Bucket.Commit(w.t.Context(), w.by, d, bucket.Put{Bucket: w.files, Key: key}); err != nil {
		return err
	}
	w.put[key] = sha256.Sum256(body)
	return nil
}

func (w *world) uploads(n, size int, prefix string) {
	w.t.Helper()
	for i := range n {
		if err := w.upload(fmt.Sprintf("%s-%d", prefix, i), noise(size+i, prefix[0])); err != nil {
			w.t.Fatalf("%s %d: %v", prefix, i, err)
		}
	}
}

func (w *world) read(key string) ([]byte, error) {
	f, err := w.Bucket.Open(w.t.Context(), w.by, w.files, key)
	if err != nil {
		return nil, err
	}
	r, err := f.Range(w.t.Context(), 0, f.Size)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	return io.ReadAll(r)
}

// whole reads everything that was acknowledged, and has the storage checked.
func (w *world) whole() {
	w.t.Helper()
	for key, sum := range w.put {
		if got, err := w.read(key); err != nil || sha256.Sum256(got) != sum {
			w.t.Errorf("%s: %d bytes, %v", key, len(got), err)
		}
	}
	w.sound()
}

func (w *world) sound() {
	w.t.Helper()
	if problems, err := w.CheckStorage(w.t.Context(), true); err != nil || len(problems) > 0 {
		w.t.Fatalf("%v %v", problems, err)
	}
}

func (w *world) set() *cloud.Set {
	w.t.Helper()
	set, err := w.Cloud.Get(w.t.Context(), w.by)
	if err != nil {
		w.t.Fatal(err)
	}
	return set
}

// work does what is queued, once.
func (w *world) work() int {
	w.t.Helper()
	n, err := w.Task.Work(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// settle does what is queued until everything is in place, and sweeps.
func (w *world) settle() {
	w.t.Helper()
	for w.work() > 0 {
	}
	if m := w.set().Move; m.State != cloud.Settled || m.Left.Pieces != 0 || m.Lost != 0 {
		w.t.Fatalf("not settled: %+v", m)
	}
	if err := w.Depot.Sweep(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// where says how many pieces lie where, by the name of the bucket.
func (w *world) where() map[string]int64 {
	w.t.Helper()
	set := w.set()
	out := map[string]int64{}
	if set.Appliance.Pieces > 0 {
		out["appliance"] = set.Appliance.Pieces
	}
	for _, h := range append(set.Current, set.Retired...) {
		out[h.Bucket] += h.Pieces
	}
	return out
}

// objects counts the objects that a server keeps for us in a bucket.
func objects(s *s3test.Server, bucket string) (n int64) {
	for _, key := range s.Objects(bucket) {
		if strings.Contains(key, "/piece/") {
			n++
		}
	}
	return n
}

func (w *world) appliance() int64 {
	w.t.Helper()
	blobs, err := w.Cloud.Store(w.t.Context(), depot.Appliance)
	if err != nil {
		w.t.Fatal(err)
	}
	all, _, err := blobs.List(w.t.Context(), "piece/", "", 1000)
	if err != nil {
		w.t.Fatal(err)
	}
	return int64(len(all))
}

// commit gives received bytes their name.
func (w *world) commit(d *bucket.Draft, key string, body []byte) {
	w.t.Helper()
	if _, err := w.Bucket.Commit(w.t.Context(), w.by, d, bucket.Put{Bucket: w.files, Key: key}); err != nil {
		w.t.Fatal(err)
	}
	w.put[key] = sha256.Sum256(body)
}

// damage changes a blob of the appliance's.
func (w *world) damage(name, body string) {
	w.t.Helper()
	blobs, err := w.Cloud.Store(w.t.Context(), depot.Appliance)
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := blobs.Put(w.t.Context(), name, strings.NewReader(body), blob.Put{}); err != nil {
		w.t.Fatal(err)
	}
}

// refusal is the error of a call.
func refusal[T any](_ T, err error) error { return err }
