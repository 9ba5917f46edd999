package s3

import (
	"errors"
	"io"
	"net/http"
	"strings"
)

// maxAnswer bounds every answer but a blob's bytes: a page of 1,000 keys of ours, in
// XML, is a tenth of it.
const maxAnswer = 4 << 20

var errEndless = errors.New("the answer is longer than an answer of S3 can be")

// bound gives answers up that do not end: the library reads them into memory, and the
// server may belong to anybody.
type bound struct{ next http.RoundTripper }

func (b bound) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := b.next.RoundTrip(r)
	if err == nil && (r.Method != http.MethodGet || !strings.HasSuffix(r.URL.Path, mark)) {
		res.Body = &answer{res.Body, maxAnswer}
	}
	return res, err
}

// answer is a body that fails behind left bytes.
type answer struct {
	io.ReadCloser
	left int64
}

func (a *answer) Read(p []byte) (int, error) {
	n, err := a.ReadCloser.Read(p)
	if a.left -= int64(n); a.left < 0 {
		return 0, errEndless
	}
	return n, err
}
