package openid

import (
	"mime"
	"net/http"
	"net/url"
	"strings"

	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/fault"
	"stoa/app/openid"
)

// Pages of the console that ask the person at the browser.
const (
	askPage     = "/console/authorize"
	logoutPage  = "/console/signed-out"
	formURLType = "application/x-www-form-urlencoded"
)

// parameters are those of the query, or of a form.
func parameters(c *wire.Call) (url.Values, error) {
	if c.Method() == http.MethodGet {
		return url.ParseQuery(c.Request().URL.RawQuery)
	}
	kind, _, err := mime.ParseMediaType(c.Header("Content-Type"))
	if err != nil || kind != formURLType {
		return nil, fault.New(fault.Malformed, "openid.invalid_request", "", "the parameters are sent as a form (%s)", formURLType)
	}
	body, err := c.Body()
	if err != nil {
		return nil, err
	}
	return url.ParseQuery(string(body))
}

func unreadable(err error) error {
	if f := fault.Of(err); f.Kind != fault.Internal {
		return err
	}
	return fault.New(fault.Malformed, "openid.invalid_request", "", "the parameters can't be read: a % is followed by two hex digits, and pairs are joined by &")
}

// authorize sends the browser on: back to the application, or to the page that
// asks its person. The console's cookie is not sent with links from other sites;
// the page, which is ours, has it.
func (h handlers) authorize(c *wire.Call) (any, error) {
	v, err := parameters(c)
	if err != nil {
		return h.show(c, askPage, unreadable(err))
	}
	by := h.visitor(c)
	unsure := c.Method() != http.MethodGet || c.Header("Sec-Fetch-Site") == "cross-site"
	answer, err := h.app.OpenID.Authorize(c.Ctx(), by, v, unsure)
	if err != nil {
		return h.show(c, askPage, err)
	}
	if answer.Ask != nil {
		return wire.Redirect{URL: askPage + "?" + url.Values{"request": {answer.Ask.Request}}.Encode()}, nil
	}
	return wire.Redirect{URL: answer.Redirect}, nil
}

// visitor is who is signed in at the browser, as its cookie tells. A form that
// another site makes the browser send is nobody's.
func (h handlers) visitor(c *wire.Call) access.Actor {
	if c.Method() == http.MethodGet {
		if token := wire.CookieToken(c.Request(), c.Secure()); token != "" {
			if by, err := h.app.Session.Authenticate(c.Ctx(), c.Origin(), token); err == nil {
				return by
			}
		}
	}
	return access.Nobody(c.Origin())
}

// show tells the person at a browser what is wrong on a page, and a program in
// JSON. The page gets the kind of error alone: its words are its own.
func (h handlers) show(c *wire.Call, page string, err error) (any, error) {
	f := fault.Of(err)
	if !strings.Contains(c.Header("Accept"), "text/html") || f.Kind == fault.Internal || f.Kind == fault.Unavailable {
		return nil, err
	}
	return wire.Redirect{URL: page + "?" + url.Values{"error": {openid.ErrorOf(f)}}.Encode()}, nil
}

// logout sends the browser to the page that signs out.
func (h handlers) logout(c *wire.Call) (any, error) {
	v, err := parameters(c)
	if err != nil {
		return h.show(c, logoutPage, unreadable(err))
	}
	request, err := h.app.OpenID.BeginLogout(c.Ctx(), v)
	if err != nil {
		return h.show(c, logoutPage, err)
	}
	return wire.Redirect{URL: logoutPage + "?" + url.Values{"request": {request}}.Encode()}, nil
}
