package session

import (
	"context"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/store"
)

var errSoon = fault.New(fault.Unavailable, "unavailable", "", "not available")

type Service struct{}

func (s *Service) Login(ctx context.Context, o access.Origin, in Login) (*Grant, error) {
	return nil, errSoon
}
func (s *Service) LoginCode(ctx context.Context, o access.Origin, in CodeLogin) (*Grant, error) {
	return nil, errSoon
}
func (s *Service) LoginApplication(ctx context.Context, o access.Origin, clientID, secret string, shape Shape) (*Grant, error) {
	return nil, errSoon
}
func (s *Service) RefreshGrant(ctx context.Context, o access.Origin, refresh string) (*Grant, error) {
	return nil, errSoon
}
func (s *Service) Authenticate(ctx context.Context, o access.Origin, token string) (access.Actor, error) {
	return access.Actor{}, errSoon
}
func (s *Service) End(ctx context.Context, by access.Actor, id uint64) error { return errSoon }
func (s *Service) EndAll(ctx context.Context, by access.Actor, account uint64) (int, error) {
	return 0, errSoon
}
func (s *Service) EndOthers(ctx context.Context, by access.Actor) (int, error) { return 0, errSoon }
func (s *Service) EndAllTx(tx *store.Tx, account, except uint64) error         { return errSoon }
func (s *Service) List(ctx context.Context, by access.Actor, account uint64) ([]Info, error) {
	return nil, errSoon
}
func (s *Service) Online(r store.Reader, account uint64) (bool, error) { return false, errSoon }
func (s *Service) Devices(r store.Reader, account uint64) (int, error) { return 0, errSoon }

// OnlineAll tells of each id whether the account has a live session.
func (s *Service) OnlineAll(ctx context.Context, ids []uint64) (map[uint64]bool, error) {
	return nil, errSoon
}
func (s *Service) SwitchTenant(ctx context.Context, by access.Actor, tenant uint64) (access.Actor, error) {
	return access.Actor{}, errSoon
}
func (s *Service) Token(ctx context.Context, by access.Actor) (*Token, error) { return nil, errSoon }
func (s *Service) RotateToken(ctx context.Context, by access.Actor) (*Token, error) {
	return nil, errSoon
}
func (s *Service) RevokeToken(ctx context.Context, by access.Actor) error { return errSoon }
