package kodo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"stoa/api/kodo/door"
	"stoa/api/kodo/policy"
	"stoa/api/kodo/variable"
	"stoa/api/wire"
	"stoa/app/accesskey/signature"
	"stoa/app/egress"
)

// entryHeader tells the receiver of a callback, base64url of bucket:key, which file
// it is about. It is ours and no part of Kodo's protocol: the gallery's receiver
// looks at it, after the signature, since its document's body names no bucket.
const entryHeader = "X-Stoa-Entry"

// refusedCallback is what the client gets when no callback went well. The file is
// kept.
type refusedCallback struct {
	Error string `json:"error"`
	Code  int    `json:"err_code"`
	Hash  string `json:"hash"`
	Key   string `json:"key"`
	URL   string `json:"callback_url"`
	Type  string `json:"callback_bodyType"`
	Body  string `json:"callback_body"`
}

// callback tells the addresses of the policy, one after the other until one answers
// as it should; its answer goes to the client word for word. Each has its share of the
// time, so that one that stays silent leaves some for the others; and they are told of
// the file whether or not its client waits for the end.
func (h *handlers) callback(c *wire.Call, g *door.Grant, f *facts) (any, error) {
	p := g.Policy
	body := variable.Form(p.CallbackBody, f.of)
	if p.CallbackBodyType == policy.TypeJSON {
		body = variable.JSON(p.CallbackBody, f.of)
	}
	client := h.Client(c, h.hooks)
	var last error
	end, urls := time.Now().Add(hookPatience), p.Callbacks()
	for i, to := range urls {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Ctx()), time.Until(end)/time.Duration(len(urls)-i))
		answer, err := h.tell(ctx, client, g, f, to, []byte(body))
		cancel()
		if err == nil {
			return wire.Bytes(http.StatusOK, "application/json", answer), nil
		}
		last = err
	}
	return wire.JSON(door.StatusCallback, refusedCallback{Error: "callback failed: " + reason(last), Code: door.StatusCallback, Hash: f.hash, Key: f.key,
		URL: p.CallbackURL, Type: p.CallbackBodyType, Body: body}), nil
}

// reason says why a callback failed, and nothing of the network behind the server.
func reason(err error) string {
	var refused *egress.RefusedError
	var told *hookError
	switch {
	case errors.As(err, &refused):
		return "the address is not one that this server may call"
	case errors.As(err, &told):
		return told.text
	case errors.Is(err, context.DeadlineExceeded):
		return "the address did not answer in time"
	}
	return "the address could not be reached"
}

// hookError is an answer that is none.
type hookError struct{ text string }

func (e *hookError) Error() string { return e.text }

// tell makes one callback.
func (h *handlers) tell(ctx context.Context, client *http.Client, g *door.Grant, f *facts, to string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return nil, &hookError{"the address can't be read"}
	}
	if g.Policy.CallbackHost != "" {
		req.Host = g.Policy.CallbackHost
	}
	req.Header.Set("Content-Type", g.Policy.CallbackBodyType)
	req.Header.Set("User-Agent", "qiniu-callback/1.0")
	req.Header.Set(entryHeader, door.Encode([]byte(f.bucket+":"+f.key)))
	style := signature.QBox
	if g.Policy.CallbackBodyType == policy.TypeJSON {
		style = signature.Qiniu
	}
	req.Header.Set("Authorization", signature.Authorize(style, g.Access, g.Secret, signature.Request{Method: req.Method, Host: req.Host,
		Path: signedPath(req.URL), Type: g.Policy.CallbackBodyType, Header: req.Header, Body: body}))
	res, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, hookAnswer+1))
	switch {
	case err != nil:
		return nil, &hookError{"the answer broke off"}
	case res.StatusCode != http.StatusOK:
		return nil, &hookError{fmt.Sprintf("the address answered %d", res.StatusCode)}
	case len(answer) > hookAnswer:
		return nil, &hookError{"the answer is larger than 1 MiB"}
	case !json.Valid(answer):
		return nil, &hookError{"the answer is no JSON"}
	}
	return answer, nil
}

// signedPath is the path as Kodo signs it: with its escapes resolved, and the query
// as it stands.
func signedPath(u *url.URL) string {
	path := u.Path
	if path == "" {
		path = "/"
	}
	if u.RawQuery != "" {
		path += "?" + u.RawQuery
	}
	return path
}
