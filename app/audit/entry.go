// Package audit is the action log: append-only, ordered by time, hash-chained
// per tenant, so that a changed, removed or inserted entry is found. It knows
// nothing of the operations that write to it.
//
// An operation writes its entry in its own commit (AddTx). A worker seals
// entries afterwards, a round of up to 240 at a time: each tenant's part becomes
// a block of that tenant's chain, and the round itself a signed block of a chain
// over all. Blocks carry running totals, so that any page of a log of millions
// is found by a few point reads.
package audit

import (
	"strings"
	"time"

	"stoa/app/access"
	"stoa/app/audit/chain"
)

// Outcomes of an action.
const (
	OK      = "ok"
	Refused = "refused" // not allowed, or a rule broken
	Failed  = "failed"  // a wrong password, an unreachable peer, a bug
)

// Entry is one action in the log.
type Entry struct {
	ID          string // 16 hexadecimal digits, rising with time
	Tenant      uint64 // whose log it is in; 0 = none, for the server's own work and for sign-ins of nobody known
	Account     uint64 // who did it; 0 = nobody known
	AccountName string
	Action      string // "account.create"
	ObjectKind  string // "account"
	ObjectID    string
	ObjectName  string
	Outcome     string // ok, refused or failed
	Reason      string // why it was refused or failed
	Changes     []Change
	Params      string // JSON of the request, secrets masked; "" = not recorded
	Origin      access.Origin
	At          time.Time
}

// Change is a field that an action changed. Values of secret fields are masked.
type Change = chain.Change

// Longest texts kept, in bytes; more is cut and marked with an ellipsis.
const (
	maxText   = 512
	maxParams = 8 << 10
	maxFields = 64
)

func newRow(e Entry) *chain.Row {
	path, _, _ := strings.Cut(e.Origin.Path, "?") // a query may hold a token
	r := &chain.Row{Tenant: e.Tenant, Account: e.Account, AccountName: cut(e.AccountName, maxText), Action: cut(e.Action, maxText),
		ObjectKind: cut(e.ObjectKind, maxText), ObjectID: cut(e.ObjectID, maxText), ObjectName: cut(e.ObjectName, maxText),
		Outcome: e.Outcome, Reason: cut(e.Reason, maxText), Params: maskJSON(e.Params),
		Dialect: e.Origin.Dialect, Method: cut(e.Origin.Method, maxText), Path: cut(path, maxText),
		Address: cut(e.Origin.Address, maxText), UserAgent: cut(e.Origin.UserAgent, maxText), RequestID: cut(e.Origin.RequestID, maxText)}
	for _, c := range e.Changes[:min(len(e.Changes), maxFields)] {
		r.Changes = append(r.Changes, maskChange(c))
	}
	return r
}

func entryOf(r *chain.Row) Entry {
	return Entry{ID: chain.FormatID(r.ID), Tenant: r.Tenant, Account: r.Account, AccountName: r.AccountName, Action: r.Action,
		ObjectKind: r.ObjectKind, ObjectID: r.ObjectID, ObjectName: r.ObjectName, Outcome: r.Outcome, Reason: r.Reason,
		Changes: r.Changes, Params: r.Params, At: time.Unix(0, r.At).UTC(),
		Origin: access.Origin{Dialect: r.Dialect, Method: r.Method, Path: r.Path, Address: r.Address, UserAgent: r.UserAgent, RequestID: r.RequestID}}
}

// cut shortens s to max bytes without splitting a character.
func cut(s string, max int) string {
	if len(s) <= max {
		return strings.ToValidUTF8(s, "\uFFFD")
	}
	return strings.ToValidUTF8(s[:max-len("…")], "") + "…"
}
