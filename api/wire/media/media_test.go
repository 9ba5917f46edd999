package media

import "testing"

func TestSafe(t *testing.T) {
	for in, want := range map[string]struct {
		kind  string
		shown bool
	}{
		"image/png":                 {"image/png", true},
		"video/mp4":                 {"video/mp4", true},
		"audio/mpeg":                {"audio/mpeg", true},
		"application/pdf":           {"application/pdf", true},
		"text/plain; charset=utf-8": {"text/plain; charset=utf-8", true},
		"text/html":                 {"text/plain; charset=utf-8", false},
		"TEXT/HTML; charset=utf-8":  {"text/plain; charset=utf-8", false},
		"application/xhtml+xml":     {"text/plain; charset=utf-8", false},
		"text/xml":                  {"text/plain; charset=utf-8", false},
		"image/svg+xml":             {"image/svg+xml", false},
		"text/javascript":           {Octets, false},
		"application/javascript":    {Octets, false},
		"text/css":                  {Octets, false},
		"multipart/x-mixed-replace": {Octets, false},
		"message/rfc822":            {Octets, false},
		"application/zip":           {"application/zip", false},
		"":                          {Octets, false},
		"no type":                   {Octets, false},
		"image/png\r\nX-Evil: 1":    {Octets, false},
	} {
		if kind, shown := Safe(in); kind != want.kind || shown != want.shown {
			t.Errorf("Safe(%q) = %q, %v; want %q, %v", in, kind, shown, want.kind, want.shown)
		}
	}
}
