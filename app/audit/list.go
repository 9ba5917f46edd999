package audit

import (
	"context"

	"stoa/app/access"
	"stoa/app/audit/find"
)

// Filter of a list.
type Filter = find.Filter

// Page is a part of the log, newest first.
type Page struct {
	Items  []Entry
	Total  int    // exact, unless Capped
	Capped bool   // there are more; the search was given up after its budget
	Next   string // cursor behind Items; "" at the end. With Capped it may lead on from an empty page
}

// List shows entries that by may see, newest first.
func (s *Service) List(ctx context.Context, by access.Actor, f Filter) (Page, error) {
	found, err := s.find.List(ctx, by, f)
	if err != nil {
		return Page{}, err
	}
	p := Page{Items: make([]Entry, len(found.Items)), Total: found.Total, Capped: found.Capped, Next: found.Next}
	for i, r := range found.Items {
		p.Items[i] = entryOf(r)
	}
	return p, nil
}

// Exporting records that a filtered list goes out as a file, before its first
// byte, and refuses who may not.
func (s *Service) Exporting(ctx context.Context, by access.Actor, f Filter, format string) error {
	if err := by.Need(access.AuditExport); err != nil {
		return err
	}
	return s.Add(ctx, by, Entry{Action: "audit.export", ObjectKind: "audit", Params: Params(map[string]any{"format": format, "account": f.Account,
		"action": f.Action, "object": f.Object, "outcome": f.Outcome, "dialect": f.Dialect, "address": f.Address, "text": f.Text, "tenant": f.Tenant,
		"from": f.From, "to": f.To})})
}
