package application

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/fault"
)

// Limits of an application's settings.
const (
	MaxURIs        = 20       // redirect URIs, and URIs after signing out
	maxURI         = 512      // bytes of one
	maxLogo        = 16 << 10 // bytes of a data: URL
	maxDescription = 500      // characters
)

// apply brings a change into its stored form and makes it. What it left of a
// refused one is not to be kept.
func (a *Application) apply(by access.Actor, c Change) error {
	var name, description, grants error
	if c.Name != nil {
		a.Name, name = cleanName(*c.Name)
	}
	if c.Description != nil {
		a.Description, description = cleanText(*c.Description)
	}
	if c.State != nil {
		a.State = *c.State
	}
	if c.Grants != nil {
		a.Grants, grants = clean(by, *c.Grants, a.Grants)
	}
	if c.Everyone != nil {
		a.Everyone = *c.Everyone
	}
	if c.Trusted != nil {
		a.Trusted = *c.Trusted
	}
	return fault.All(name, description, grants, a.applyPages(c), a.applyProtocol(by, c))
}

// applyPages is the part of apply about addresses.
func (a *Application) applyPages(c Change) error {
	var home, logo, redirects, logouts error
	if c.Home != nil {
		if a.Home = *c.Home; a.Home != "" && !isWebPage(a.Home) {
			home = fault.New(fault.Invalid, "application.home", "home", "the page of the application is an address that begins with https:// or http://")
		}
	}
	if c.Logo != nil {
		a.Logo, logo = cleanLogo(*c.Logo)
	}
	if c.Redirects != nil {
		a.Redirects, redirects = cleanURIs("redirect_uris", *c.Redirects)
	}
	if c.Logouts != nil {
		a.Logouts, logouts = cleanURIs("logout_uris", *c.Logouts)
	}
	return fault.All(home, logo, redirects, logouts)
}

// applyProtocol is the part of apply about OAuth: what can't go together is
// refused, so that nobody finds out at the first sign-in.
func (a *Application) applyProtocol(by access.Actor, c Change) error {
	if c.Types != nil {
		for _, name := range *c.Types {
			if !slices.Contains(GrantTypes(), name) {
				return fault.New(fault.Invalid, "application.grant_type", "grant_types", "there is no grant type %q: %s are allowed", name, strings.Join(GrantTypes(), ", "))
			}
		}
		a.Types = slices.Compact(slices.Sorted(slices.Values(*c.Types)))
	}
	if c.Scopes != nil {
		scopes, err := cleanScopes(by, *c.Scopes, a.Scopes)
		if err != nil {
			return err
		}
		a.Scopes = scopes
	}
	if a.Allows(GrantCode) && c.Scopes == nil && len(a.Scopes) == 0 {
		a.Scopes = []string{ScopeOpenID, ScopeProfile, ScopeEmail}
	}
	switch {
	case a.Public && (len(a.Types) == 0 || a.Allows(GrantClient) || a.Allows(GrantPassword)):
		return fault.New(fault.Invalid, "application.public", "grant_types", "an application without a secret can't prove itself: it takes authorization_code and refresh_token alone")
	case a.Allows(GrantRefresh) && !a.Allows(GrantCode):
		return fault.New(fault.Invalid, "application.refresh_alone", "grant_types", "refresh_token goes with authorization_code alone: an application that acts by itself asks anew")
	case a.Allows(GrantCode) && len(a.Redirects) == 0:
		return fault.New(fault.Missing, "application.redirect_missing", "redirect_uris", "to sign people in, the application needs a redirect URI at least")
	}
	return nil
}

func cleanName(s string) (string, error) {
	s = norm.NFC.String(strings.TrimSpace(s))
	n := utf8.RuneCountInString(s)
	switch {
	case n == 0:
		return "", fault.New(fault.Missing, "application.name", "name", "the application needs a name")
	case n > 64 || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl):
		return "", fault.New(fault.Invalid, "application.name", "name", "a name has up to 64 characters that can be shown")
	}
	return s, nil
}

func cleanText(s string) (string, error) {
	s = norm.NFC.String(strings.TrimSpace(s))
	if !utf8.ValidString(s) || utf8.RuneCountInString(s) > maxDescription {
		return "", fault.New(fault.Invalid, "application.description", "description", "a description has up to %d characters", maxDescription)
	}
	return s, nil
}

// clean brings grants into their stored form; those that are there already may
// stay whoever changes them.
func clean(by access.Actor, grants, before []string) ([]string, error) {
	for _, name := range grants {
		p, ok := access.PermissionOf(name)
		if !ok {
			return nil, fault.New(fault.Invalid, "application.grant", "grants", "there is no permission %q: they look like %q", name, access.AccountRead)
		}
		if !by.Can(p) && !slices.Contains(before, name) {
			return nil, fault.New(fault.Denied, "application.grant", "grants", "nobody grants more than they hold: you do not hold %s", p)
		}
	}
	return slices.Compact(slices.Sorted(slices.Values(grants))), nil
}

// cleanScopes brings scopes into their stored form: those about a person in their
// fixed order, then permissions. Nobody lets an application ask for more than
// they hold themselves.
func cleanScopes(by access.Actor, scopes, before []string) ([]string, error) {
	var out, permissions []string
	for _, name := range scopes {
		if !slices.Contains(IdentityScopes(), name) {
			permissions = append(permissions, name)
		}
	}
	for _, name := range IdentityScopes() {
		if slices.Contains(scopes, name) {
			out = append(out, name)
		}
	}
	permissions, err := clean(by, permissions, before)
	if f := fault.Of(err); f != nil {
		refused := *f
		refused.Code, refused.Field = "application.scope", "scopes"
		return nil, &refused
	}
	return append(out, permissions...), nil
}

// cleanLogo takes a picture that the console's content security policy lets it
// show: one within the text itself, or one of this server.
func cleanLogo(s string) (string, error) {
	refused := fault.New(fault.Invalid, "application.logo", "logo", "the logo is a PNG, JPEG or WebP picture of up to %d KiB as a data: URL, or a path of this server", maxLogo>>10)
	if s == "" {
		return "", nil
	}
	if len(s) > maxLogo {
		return "", refused
	}
	if strings.HasPrefix(s, "/") && !strings.HasPrefix(s, "//") {
		if u, err := url.Parse(s); err != nil || u.Host != "" || u.Scheme != "" || strings.Contains(s, "\\") {
			return "", refused
		}
		return s, nil
	}
	for _, kind := range []string{"png", "jpeg", "webp"} {
		if body, ok := strings.CutPrefix(s, "data:image/"+kind+";base64,"); ok {
			if _, err := base64.StdEncoding.DecodeString(body); err != nil {
				return "", refused
			}
			return s, nil
		}
	}
	return "", refused
}

// differences lists what a change has changed, for the action log.
func differences(a, b *Application) []audit.Change {
	var out []audit.Change
	note := func(field string, x, y any) {
		if was, is := fmt.Sprint(x), fmt.Sprint(y); was != is {
			out = append(out, audit.Change{Field: field, Old: was, New: is})
		}
	}
	note("name", a.Name, b.Name)
	note("description", a.Description, b.Description)
	note("state", a.State, b.State)
	note("grants", a.Grants, b.Grants)
	note("grant_types", a.Types, b.Types)
	note("scopes", a.Scopes, b.Scopes)
	note("redirect_uris", a.Redirects, b.Redirects)
	note("logout_uris", a.Logouts, b.Logouts)
	note("home", a.Home, b.Home)
	note("everyone", a.Everyone, b.Everyone)
	note("trusted", a.Trusted, b.Trusted)
	note("interfaces", a.Interfaces, b.Interfaces)
	if a.Logo != b.Logo {
		out = append(out, audit.Change{Field: "logo"})
	}
	return out
}
