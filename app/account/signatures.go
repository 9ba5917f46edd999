package account

import (
	"context"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/store"
)

var errSoon = fault.New(fault.Unavailable, "unavailable", "", "not available")

func (s *Service) Create(ctx context.Context, by access.Actor, in New) (*Account, error) {
	return nil, errSoon
}
func (s *Service) CreateSecondary(ctx context.Context, by access.Actor, in NewSecondary) (*Account, error) {
	return nil, errSoon
}
func (s *Service) SignUp(ctx context.Context, o access.Origin, in SignUp) (*Account, error) {
	return nil, errSoon
}
func (s *Service) Register(ctx context.Context, o access.Origin, in Registration) (*Account, error) {
	return nil, errSoon
}
func (s *Service) Get(ctx context.Context, by access.Actor, id uint64) (*Account, error) {
	return nil, errSoon
}
func (s *Service) GetByName(ctx context.Context, by access.Actor, login string) (*Account, error) {
	return nil, errSoon
}
func (s *Service) Update(ctx context.Context, by access.Actor, id uint64, c Change, ifVersion uint64) (*Account, error) {
	return nil, errSoon
}
func (s *Service) Delete(ctx context.Context, by access.Actor, ids []uint64) (done []uint64, refused []Refusal, err error) {
	return nil, nil, errSoon
}
func (s *Service) SetState(ctx context.Context, by access.Actor, ids []uint64, to State) (done []uint64, refused []Refusal, err error) {
	return nil, nil, errSoon
}
func (s *Service) List(ctx context.Context, by access.Actor, f Filter) (Page[Account], error) {
	return Page[Account]{}, errSoon
}
func (s *Service) Exists(ctx context.Context, o access.Origin, name string) (bool, error) {
	return false, errSoon
}
func (s *Service) Find(r store.Reader, login string, tenant uint64) (*Account, error) {
	return nil, errSoon
}
func (s *Service) ChangePassword(ctx context.Context, by access.Actor, id uint64, old, new string) error {
	return errSoon
}
func (s *Service) SetPassword(ctx context.Context, by access.Actor, id uint64, new string) error {
	return errSoon
}
func (s *Service) Follow(ctx context.Context, by access.Actor, to string, on bool) error {
	return errSoon
}
func (s *Service) Follows(ctx context.Context, id uint64) (follow, followed []string, err error) {
	return nil, nil, errSoon
}

// Profile is what anybody may know of an account: found by login; nil fault NotFound.
func (s *Service) Profile(ctx context.Context, by access.Actor, login string) (*Profile, error) {
	return nil, errSoon
}
func (s *Service) SendCode(ctx context.Context, o access.Origin, purpose, phone string, tenant uint64) error {
	return errSoon
}
func (s *Service) ForgotPassword(ctx context.Context, o access.Origin, login string) error {
	return errSoon
}
func (s *Service) ResetPassword(ctx context.Context, o access.Origin, token, new string) error {
	return errSoon
}
func (s *Service) StartTOTP(ctx context.Context, by access.Actor) (TOTP, error) {
	return TOTP{}, errSoon
}
func (s *Service) ConfirmTOTP(ctx context.Context, by access.Actor, code string) (recovery []string, err error) {
	return nil, errSoon
}
func (s *Service) StopTOTP(ctx context.Context, by access.Actor, password string) error {
	return errSoon
}
func (s *Service) RecoveryCodes(ctx context.Context, by access.Actor, password string) ([]string, error) {
	return nil, errSoon
}
func (s *Service) Pwdhash(id uint64) string { return "" }

type Service struct{}
type TOTP struct{ Secret, URL string }
type Profile struct {
	ID               uint64
	Name, Email      string // Email only for its owner and administrators, else ""
	Follow, Followed []string
}

const (
	PurposeSignUp = "signup"
	PurposeLogin  = "login"
)
