package account

import (
	"context"
	"iter"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/directory"
)

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
