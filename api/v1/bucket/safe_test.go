package bucket

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
		"text/javascript":           {octets, false},
		"application/javascript":    {octets, false},
		"application/ecmascript":    {octets, false},
		"application/x-ecmascript":  {octets, false},
		"text/css":                  {octets, false},
		"multipart/x-mixed-replace": {octets, false},
		"message/rfc822":            {octets, false},
		"application/zip":           {"application/zip", false},
		"":                          {octets, false},
		"no type":                   {octets, false},
		"image/png\r\nX-Evil: 1":    {octets, false},
	} {
		if kind, shown := safe(in); kind != want.kind || shown != want.shown {
			t.Errorf("Safe(%q) = %q, %v; want %q, %v", in, kind, shown, want.kind, want.shown)
		}
	}
}
