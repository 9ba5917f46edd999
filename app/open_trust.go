package app

import (
	"stoa/app/captcha"
	"stoa/app/passkey"
	"stoa/store"
)

// buildTrust makes what sign-ins are proven by beside passwords and codes.
func (a *App) buildTrust(schema *store.Schema) {
	a.Passkey = passkey.New(schema, passkey.Deps{Audit: a.Audit, Seal: a.Seal, Product: product})
	a.Captcha = captcha.New(schema, a.Throttle, a.Seal)
}

// strict reports whether one of the roles counts only after a second factor.
func (a *App) strict(_ store.Reader, roles []uint64) (bool, error) {
	return a.Role.NeedsSecondFactor(roles), nil
}
