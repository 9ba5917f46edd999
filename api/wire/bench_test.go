package wire_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/rs/zerolog"

	"stoa/api/wire"
)

// sink is a ResponseWriter that costs nothing.
type sink struct{ header http.Header }

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) Write(p []byte) (int, error) { return len(p), nil }
func (s *sink) WriteHeader(int)             {}

// BenchmarkSmallestAnswer is the wire's own share of an authenticated call,
// with its log line, figures and use.
func BenchmarkSmallestAnswer(b *testing.B) {
	logger := zerolog.New(io.Discard).With().Timestamp().Logger()
	m := mux(wire.Deps{Log: &logger}, wire.Route{Method: "GET", Path: "/t/users/{id}", Name: "test.user", Handle: func(c *wire.Call) (any, error) {
		return c.ID("id")
	}})
	r := httptest.NewRequest("GET", "/t/users/12", nil)
	r.Header.Set("Authorization", "Bearer good")
	b.ReportAllocs()
	for b.Loop() {
		m.ServeHTTP(&sink{http.Header{}}, r)
	}
}
