package application

import (
	"context"

	"stoa/app/access"
	"stoa/app/fault"
)

var errSoon = fault.New(fault.Unavailable, "unavailable", "", "not available")

type Service struct{}

func (s *Service) Create(ctx context.Context, by access.Actor, in New) (app *Application, secret string, err error) {
	return nil, "", errSoon
}
func (s *Service) List(ctx context.Context, by access.Actor, f Filter) (Page, error) {
	return Page{}, errSoon
}
func (s *Service) Get(ctx context.Context, by access.Actor, id uint64) (*Application, error) {
	return nil, errSoon
}
func (s *Service) Delete(ctx context.Context, by access.Actor, id uint64) error { return errSoon }
func (s *Service) Rotate(ctx context.Context, by access.Actor, id uint64) (app *Application, secret string, err error) {
	return nil, "", errSoon
}
func (s *Service) Check(ctx context.Context, clientID, secret string) (*Application, error) {
	return nil, errSoon
}
