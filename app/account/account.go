package account

import (
	"context"
	"iter"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/directory"
)

// What the directory holds and lists is what the operations here take and give.
type (
	Account = directory.Account
	State   = directory.State
	Filter  = directory.Filter
	Sort    = directory.Sort
	row     = directory.Row
)

// The states of an account, and the orders of List.
const (
	Active   = directory.Active
	Disabled = directory.Disabled

	SortID       = directory.SortID
	SortName     = directory.SortName
	SortCreated  = directory.SortCreated
	SortModified = directory.SortModified
)

// New is what Create needs. Name, or a phone that then serves as the name, is
// required, and one of Password and PasswordHash.
type New struct {
	Name, Email, Phone, Nickname                  string
	Password                                      string
	PasswordHash                                  string // argon2id in PHC form, or bcrypt; super administrators only
	Tenant                                        uint64 // 0 = the actor's; another one: super administrators only
	Department                                    uint64
	Posts                                         []uint64
	Grade                                         uint64
	Roles                                         []uint64 // none = member
	State                                         State    // "" = active
	Avatar, Telephone, Duty, Enterprise, Division string
	EmailConfirmed, PhoneConfirmed                bool // believed from super administrators only
	MustChange                                    *bool
	Sample                                        bool // super administrators only
}

// NewSecondary is what CreateSecondary needs.
type NewSecondary struct {
	Name, Email, Phone, Nickname, Password        string
	Tenant                                        uint64 // 0, or must be the actor's
	TenantName                                    string // "", or must be that tenant's
	Avatar, Telephone, Duty, Enterprise, Division string
	Notify                                        bool // tell the new owner by SMS and e-mail
}

// SignUp is what a person gives who signs up with a code sent to a phone.
type SignUp struct {
	Name, Password, Phone, Code string
	Tenant                      uint64
	Nickname                    string
}

// Registration is what a person gives who joins the gallery's organisation.
type Registration struct{ Name, Email, Password string }

// Change is what Update changes; nil fields stay as they are.
type Change struct {
	Name, Email, Phone, Nickname                  *string
	Avatar, Telephone, Duty, Enterprise, Division *string
	Department                                    *uint64
	Posts                                         *[]uint64
	Grade                                         *uint64
	Roles                                         *[]uint64
	State                                         *State
	Password                                      *string // set by an administrator: must be changed at the next sign-in
}

// Refusal says why a bulk operation left one account alone.
type Refusal struct {
	ID  uint64
	Err error // a *fault.Fault
}

// exported is what the action log says of an export: what was asked for, and
// how many accounts that was.
type exported struct {
	Text       string   `json:"text,omitempty"`
	Phone      string   `json:"phone,omitempty"`
	Roles      []uint64 `json:"roles,omitempty"`
	State      State    `json:"state,omitempty"`
	Tenant     uint64   `json:"tenant,omitempty"`
	Department uint64   `json:"department,omitempty"`
	Below      bool     `json:"below,omitempty"`
	Post       uint64   `json:"post,omitempty"`
	Grade      uint64   `json:"grade,omitempty"`
	Parent     uint64   `json:"parent,omitempty"`
	IDs        []uint64 `json:"ids,omitempty"`
	Count      int      `json:"count"`
}

// Export gives every account that matches f and that by may see, in the order of
// f; its Page, Limit and Cursor count for nothing. It needs account.export, and is
// in the action log, with the filter and the count, before the first account
// leaves. The list may change on the way without an account coming twice.
func (s *Service) Export(ctx context.Context, by access.Actor, f Filter) (iter.Seq2[*Account, error], error) {
	all, err := s.ExportAll(ctx, by, f)
	if err != nil {
		return nil, err
	}
	return all.Accounts, nil
}

// ExportAll is Export with the number of accounts.
func (s *Service) ExportAll(ctx context.Context, by access.Actor, f Filter) (*directory.Whole, error) {
	if err := by.Need(access.AccountExport); err != nil {
		return nil, err
	}
	all, err := s.All(ctx, by, f)
	if err != nil {
		return nil, err
	}
	f = all.Filter
	e := audit.Entry{Action: "account.export", ObjectKind: "account", Tenant: f.Tenant, Params: audit.Params(exported{f.Text, f.Phone,
		f.Roles, f.State, f.Tenant, f.Department, f.Below, f.Post, f.Grade, f.Parent, f.IDs, all.Count})}
	return all, s.Audit.Add(ctx, by, e)
}
