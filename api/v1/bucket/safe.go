package bucket

import (
	"mime"
	"strings"
)

// octets is the content type of what is only to be kept.
const octets = "application/octet-stream"

// safe is the content type that a file is sent with, and whether a browser may
// show it. What a browser would run is handed out as a file, and pages as text:
// nobody's upload speaks in the server's name.
func safe(t string) (kind string, shown bool) {
	name, params, err := mime.ParseMediaType(t)
	if err != nil {
		return octets, false
	}
	main, sub, _ := strings.Cut(name, "/")
	switch {
	case name == "image/svg+xml":
		return name, false // a picture in a page, where it runs nothing; by itself it could
	case name == "text/html" || name == "text/xml" || name == "application/xml" || strings.HasSuffix(sub, "+xml"):
		return "text/plain; charset=utf-8", false
	case main == "image" || main == "video" || main == "audio" || name == "application/pdf" || name == "text/plain":
		return mime.FormatMediaType(name, params), true
	case main == "multipart" || main == "message" || main == "text" || strings.Contains(sub, "script"):
		return octets, false
	}
	return mime.FormatMediaType(name, params), false
}
