// Package app is the whole domain, opened.
package app

import (
	"stoa/app/account"
	"stoa/app/application"
	"stoa/app/session"
	"stoa/store"
)

// App is the services side by side.
type App struct {
	DB          *store.DB
	Account     *account.Service
	Session     *session.Service
	Application *application.Service
}
