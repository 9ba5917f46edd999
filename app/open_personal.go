package app

import (
	"stoa/app/preference"
	"stoa/store"
)

// buildPersonal makes the services of what people have for themselves.
func (a *App) buildPersonal(schema *store.Schema) {
	a.Preference = preference.New(schema)
}

// bindPersonal gives them the opened store.
func (a *App) bindPersonal() {
	a.Preference.Bind(a.DB)
}

// forgetTx removes what belongs to an account, in the commit that deletes it.
func (a *App) forgetTx(tx *store.Tx, account uint64) error {
	if err := a.Follow.ForgetTx(tx, account); err != nil {
		return err
	}
	if err := a.Source.ForgetTx(tx, account); err != nil {
		return err
	}
	return a.Preference.ForgetTx(tx, account)
}
