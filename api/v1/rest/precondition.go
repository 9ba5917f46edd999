package rest

import (
	"net/http"
	"strconv"
	"strings"

	"stoa/api/wire"
	"stoa/app/fault"
)

// Tagged is a value with the ETag of its version.
func Tagged(version uint64, v any) any {
	tag := `"` + strconv.FormatUint(version, 10) + `"`
	return wire.WithHeader{Value: v, Header: http.Header{"Etag": {tag}}}
}

// DecodeChange reads a change from the body and the version that it is meant for.
func DecodeChange(c *wire.Call, in any) (version uint64, err error) {
	if err := c.Decode(in); err != nil {
		return 0, err
	}
	return ifMatch(c)
}

// ifMatch is the version that the caller means to change; 0 = whichever there
// is. A tag that no version can have is as stale as an old one.
func ifMatch(c *wire.Call) (uint64, error) {
	h := strings.TrimSpace(c.Header("If-Match"))
	if h == "" || h == "*" {
		return 0, nil
	}
	inner, opened := strings.CutPrefix(h, `"`)
	inner, closed := strings.CutSuffix(inner, `"`)
	v, err := strconv.ParseUint(inner, 10, 64)
	if err != nil || !opened || !closed || v == 0 {
		return 0, fault.New(fault.Stale, "if_match.unknown", "If-Match", "If-Match is %q, which is no version of this object: send the ETag of its last reading", h)
	}
	return v, nil
}

// Created is a 201 for a new object of a collection.
func Created(collection string, id uint64, v any) wire.Created {
	return wire.Created{Location: "/v1/" + collection + "/" + strconv.FormatUint(id, 10), Value: v}
}
