package people

import (
	"context"
	"slices"

	"stoa/api/v1/rest"
	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/fault"
)

// Bulk is one action on many accounts: on those of ids, or on all that match the
// filter but those of except.
type Bulk struct {
	Action      string      `json:"action" enum:"enable,disable,offline,roles,move,delete"`
	IDs         []uint64    `json:"ids,omitempty" maxItems:"500"`
	Filter      *BulkFilter `json:"filter,omitempty" description:"instead of ids: all that match when the call comes in, at most 10,000"`
	Except      []uint64    `json:"except,omitempty" maxItems:"500" description:"left as they are, though they match"`
	Expect      *int        `json:"expect,omitempty" minimum:"0" description:"how many the caller means; refused where it would be another number"`
	AddRoles    []uint64    `json:"add_roles,omitempty" maxItems:"100" description:"of roles: those that each gets"`
	RemoveRoles []uint64    `json:"remove_roles,omitempty" maxItems:"100" description:"of roles: those that each loses"`
	Department  *uint64     `json:"department,omitempty" description:"of move: where to; 0 = no department"`
}

// BulkFilter selects accounts as the list of them does.
type BulkFilter struct {
	Q          string   `json:"q,omitempty" description:"part of the name, nickname, e-mail or phone"`
	Phone      string   `json:"phone,omitempty" description:"part of the phone"`
	Role       []uint64 `json:"role,omitempty" description:"one of these roles"`
	State      string   `json:"state,omitempty" enum:"active,disabled"`
	Tenant     uint64   `json:"tenant,omitempty" description:"super administrators; 0 = all"`
	Department uint64   `json:"department,omitempty"`
	Below      bool     `json:"below,omitempty" description:"those of the departments below it too"`
	Post       uint64   `json:"post,omitempty"`
	Grade      uint64   `json:"grade,omitempty"`
	Parent     uint64   `json:"parent,omitempty" description:"secondary accounts of this one"`
}

// BulkResult is the result of one action on many objects. Each is a change of its
// own: those that were refused stay as they were, the others are done.
type BulkResult struct {
	Done         int           `json:"done" minimum:"0"`
	Refused      []BulkRefusal `json:"refused" description:"the first 500"`
	RefusedTotal int           `json:"refused_total" minimum:"0"`
	Reasons      []BulkReason  `json:"reasons" description:"all refusals by their code, the most frequent first"`
}

// BulkRefusal says why one object was left as it was.
type BulkRefusal struct {
	ID     uint64 `json:"id"`
	Name   string `json:"name" description:"empty where the caller may not see the object"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

// BulkReason is one reason of refusals and how often it came.
type BulkReason struct {
	Code   string `json:"code"`
	Detail string `json:"detail" description:"of the first refusal with this code"`
	Count  int    `json:"count" minimum:"1"`
}

func (h handlers) bulk(c *wire.Call) (any, error) {
	var in Bulk
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	act, err := h.bulkAct(c, in)
	if err != nil {
		return nil, err
	}
	ids, err := h.bulkIDs(c, in)
	if err != nil {
		return nil, err
	}
	if in.Expect != nil && *in.Expect != len(ids) {
		return nil, fault.New(fault.Conflict, "bulk.count", "expect", "%d accounts are meant, but it would be %d now: look at the list again", *in.Expect, len(ids))
	}
	done, refused, err := h.app.Account.Each(c.Ctx(), c.Actor, ids, act)
	if err != nil {
		return nil, err
	}
	return h.bulkResult(c, len(done), refused)
}

// bulkIDs are the accounts that are meant, each once.
func (h handlers) bulkIDs(c *wire.Call, in Bulk) ([]uint64, error) {
	switch {
	case in.Filter != nil && len(in.IDs) > 0:
		return nil, fault.New(fault.Invalid, "bulk.ids_and_filter", "filter", "ids and filter exclude each other: send one of them")
	case len(in.IDs) > rest.MaxLimit || len(in.Except) > rest.MaxLimit:
		return nil, fault.New(fault.TooLarge, "bulk.too_many", "ids", "ids has %d entries, except %d: at most %d at a time", len(in.IDs), len(in.Except), rest.MaxLimit)
	case in.Filter == nil && len(in.IDs) == 0:
		return nil, fault.New(fault.Missing, "bulk.ids_missing", "ids", "ids is empty: name the accounts, or send a filter")
	}
	ids := distinct(in.IDs)
	if f := in.Filter; f != nil {
		found, err := h.app.Account.Matching(c.Ctx(), c.Actor, account.Filter{Text: f.Q, Phone: f.Phone, Roles: f.Role,
			State: account.State(f.State), Tenant: f.Tenant, Department: f.Department, Below: f.Below, Post: f.Post, Grade: f.Grade, Parent: f.Parent})
		if err != nil {
			return nil, err
		}
		ids = found
	}
	return slices.DeleteFunc(ids, func(id uint64) bool { return slices.Contains(in.Except, id) }), nil
}

// bulkAct is what an action does to one account.
func (h handlers) bulkAct(c *wire.Call, in Bulk) (func(context.Context, uint64) error, error) {
	by, accounts := c.Actor, h.app.Account
	change := func(to account.Change) func(context.Context, uint64) error {
		return func(ctx context.Context, id uint64) error {
			_, err := accounts.Update(ctx, by, id, to, 0)
			return err
		}
	}
	switch in.Action {
	case "enable", "disable":
		to := map[string]account.State{"enable": account.Active, "disable": account.Disabled}[in.Action]
		return change(account.Change{State: &to}), nil
	case "move":
		if in.Department == nil {
			return nil, fault.New(fault.Missing, "bulk.department", "department", "department is missing: say where the accounts go, 0 is no department")
		}
		return change(account.Change{Department: in.Department}), nil
	case "roles":
		if len(in.AddRoles)+len(in.RemoveRoles) == 0 {
			return nil, fault.New(fault.Missing, "bulk.roles", "add_roles", "add_roles and remove_roles are empty: name the roles that the accounts get or lose")
		}
		return func(ctx context.Context, id uint64) error {
			return accounts.ChangeRoles(ctx, by, id, in.AddRoles, in.RemoveRoles)
		}, nil
	case "delete":
		return func(ctx context.Context, id uint64) error {
			_, refused, err := accounts.Delete(ctx, by, []uint64{id})
			if err == nil && len(refused) > 0 {
				err = refused[0].Err
			}
			return err
		}, nil
	case "offline":
		return func(ctx context.Context, id uint64) error {
			_, err := h.app.Session.EndAll(ctx, by, id)
			return err
		}, by.Need(access.SessionEnd)
	}
	return nil, fault.New(fault.Invalid, "bulk.action", "action", "action is %q: enable, disable, offline, roles, move or delete are allowed", in.Action)
}

func (h handlers) bulkResult(c *wire.Call, done int, refused []account.Refusal) (any, error) {
	out := BulkResult{Done: done, RefusedTotal: len(refused), Refused: []BulkRefusal{}, Reasons: []BulkReason{}}
	shown := refused[:min(len(refused), rest.MaxLimit)]
	ids := make([]uint64, len(shown))
	for i := range shown {
		ids[i] = shown[i].ID
	}
	names, err := h.names(c, ids)
	if err != nil {
		return nil, err
	}
	for _, r := range shown {
		f := fault.Of(r.Err)
		out.Refused = append(out.Refused, BulkRefusal{ID: r.ID, Name: names[r.ID], Code: f.Code, Detail: f.Text})
	}
	for _, r := range refused {
		f := fault.Of(r.Err)
		if at := slices.IndexFunc(out.Reasons, func(b BulkReason) bool { return b.Code == f.Code }); at >= 0 {
			out.Reasons[at].Count++
		} else {
			out.Reasons = append(out.Reasons, BulkReason{Code: f.Code, Detail: f.Text, Count: 1})
		}
	}
	slices.SortStableFunc(out.Reasons, func(a, b BulkReason) int { return b.Count - a.Count })
	return out, nil
}
