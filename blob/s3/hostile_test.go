package s3_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"stoa/blob"
	"stoa/blob/s3"
)

// fake is a server of whoever: what answers it gives is the test's.
func fake(t *testing.T, answer http.HandlerFunc) *s3.Store {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	s, err := s3.Open(s3.Options{Endpoint: server.URL, Bucket: "hostile", Key: "key", Secret: "secret", Region: "us-east-1", Style: s3.Path,
		Timeout: 20 * time.Second, Patience: -1})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A server belongs to somebody who is not to be trusted with this one's memory: an
// answer that does not end is given up, a blob that is large is not.
func TestAnswersThatDoNotEnd(t *testing.T) {
	const most = 64 << 20
	var sent atomic.Int64
	endless := func(w http.ResponseWriter, head, more string) {
		n, _ := io.WriteString(w, head)
		for sent.Add(int64(n)); sent.Load() < most; sent.Add(int64(n)) {
			var err error
			if n, err = io.WriteString(w, more); err != nil {
				return
			}
		}
	}
	entry := strings.Repeat("<Contents><Key>"+strings.Repeat("k", 500)+"</Key><Size>1</Size></Contents>", 100)
	s := fake(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		q := r.URL.Query()
		switch {
		case q.Has("list-type"):
			endless(w, "<ListBucketResult>", entry)
		case q.Has("uploads") && r.Method == http.MethodGet:
			endless(w, "<ListMultipartUploadsResult>", strings.Repeat("<Upload><Key>"+strings.Repeat("k", 500)+"</Key></Upload>", 100))
		case q.Has("uploads"):
			_, _ = io.WriteString(w, "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>")
		case q.Has("uploadId") && r.Method == http.MethodPost:
			endless(w, "<CompleteMultipartUploadResult>", strings.Repeat(" ", 1<<20))
		case r.Method == http.MethodPut:
			w.Header().Set("ETag", `"d41d8cd98f00b204e9800998ecf8427e"`)
		}
	})
	for name, do := range map[string]func() error{
		"list": func() error { _, _, err := s.List(t.Context(), "", "", 10); return err },
		"tidy": func() error { _, err := s.Tidy(t.Context(), time.Now()); return err },
		"join": func() error {
			_, err := s.Put(t.Context(), "x", bytes.NewReader(make([]byte, 9<<20)), blob.Put{})
			return err
		},
	} {
		sent.Store(0)
		if err := do(); err == nil || sent.Load() >= most {
			t.Errorf("%s: %d bytes were read, %v", name, sent.Load(), err)
		}
	}
	large := fake(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(20<<20))
		w.Header().Set("Last-Modified", time.Now().UTC().Format(http.TimeFormat))
		_, _ = w.Write(make([]byte, 20<<20))
	})
	body, _, err := large.Get(t.Context(), "x", blob.Range{})
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	if n, err := io.Copy(io.Discard, body); n != 20<<20 || err != nil {
		t.Errorf("a blob: %d bytes, %v", n, err)
	}
}

// A server, or a proxy in front of it, that gives the whole blob where a part of it was
// asked for is not believed: the bytes would be others, in silence.
func TestPartsThatAreTheWhole(t *testing.T) {
	s := fake(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Last-Modified", time.Now().UTC().Format(http.TimeFormat))
		_, _ = io.WriteString(w, "0123456789")
	})
	for _, r := range []blob.Range{{Offset: 4}, {Offset: 4, Length: 2}} {
		body, _, err := s.Get(t.Context(), "x", r)
		if err == nil {
			got, _ := io.ReadAll(body)
			_ = body.Close()
			t.Errorf("%+v: %q", r, got)
		}
	}
	body, info, err := s.Get(t.Context(), "x", blob.Range{Length: 4})
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	if got, err := io.ReadAll(body); string(got) != "0123" || err != nil || info.Size != 10 {
		t.Errorf("the beginning: %q %v %+v", got, err, info)
	}
}

// A server whose list of unfinished uploads never ends is left in time.
func TestEndlessUnfinishedUploads(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `<ListMultipartUploadsResult><IsTruncated>true</IsTruncated><NextKeyMarker>k</NextKeyMarker><NextUploadIdMarker>u</NextUploadIdMarker></ListMultipartUploadsResult>`)
	}))
	t.Cleanup(server.Close)
	s, err := s3.Open(s3.Options{Endpoint: server.URL, Bucket: "hostile", Key: "key", Secret: "secret", Region: "us-east-1", Style: s3.Path,
		Timeout: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := s.Tidy(t.Context(), time.Now())
		done <- err
	}()
	select {
	case err := <-done:
		if err == nil {
			t.Error("it came to an end")
		}
	case <-time.After(20 * time.Second):
		t.Fatal("it goes on")
	}
}
