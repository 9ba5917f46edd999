package proof

import (
	"bytes"
	"encoding/json"
	"fmt"

	"stoa/app/audit/chain"
)

// marshal is a line as it is written, with its end.
func (l *line) marshal() ([]byte, error) {
	text, err := json.Marshal(l)
	return append(text, '\n'), err
}

// parse reads a line, without its end, and refuses every other spelling of it.
func parse(text []byte) (*line, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	var l line
	if err := d.Decode(&l); err != nil {
		return nil, fmt.Errorf("it can't be read (%w)", err)
	}
	n := 0
	for _, set := range []bool{l.Export != nil, l.Checkpoint != nil, l.Round != nil, l.Block != nil, l.Entry != nil, l.End != nil} {
		if set {
			n++
		}
	}
	again, err := l.marshal()
	if err != nil || n != 1 || !bytes.Equal(again[:len(again)-1], text) {
		return nil, fmt.Errorf("it is not spelled as it was written")
	}
	return &l, nil
}

// tenantOf is the tenant of a chain, as lines have it.
func tenantOf(of uint64) *uint64 {
	if of == chain.All {
		return nil
	}
	tenant := of - 1
	return &tenant
}

func chainOf(tenant *uint64) uint64 {
	if tenant == nil {
		return chain.All
	}
	return chain.Of(*tenant)
}

func checkpointLine(c *chain.Checkpoint) *checkpoint {
	return &checkpoint{Tenant: tenantOf(c.Chain), Number: c.Number, Total: c.Total, Last: id(c.LastID), Hash: c.Hash, High: nanos(c.High),
		Back: c.Back, Made: nanos(c.Made), Days: c.Days, Sign: c.Sign}
}

func (c *checkpoint) row() *chain.Checkpoint {
	return &chain.Checkpoint{Chain: chainOf(c.Tenant), Number: c.Number, Total: c.Total, LastID: uint64(c.Last), Hash: c.Hash, High: int64(c.High),
		Back: c.Back, Made: int64(c.Made), Days: c.Days, Sign: c.Sign}
}

func blockLine(b *chain.Block) *block {
	out := &block{Tenant: tenantOf(b.Chain), Number: b.Number, First: id(b.First), Last: id(b.Last), Count: b.Count, Total: b.Total,
		MinAt: nanos(b.MinAt), MaxAt: nanos(b.MaxAt), Made: nanos(b.Made), Prev: b.Prev, Hash: b.Hash, Sign: b.Sign, High: nanos(b.High), Back: b.Back}
	for _, t := range b.Tally {
		out.Tally = append(out.Tally, tally(t))
	}
	for _, p := range b.Parts {
		out.Parts = append(out.Parts, part{Tenant: p.Chain - 1, Number: p.Number, Hash: p.Hash})
	}
	return out
}

func (b *block) row() *chain.Block {
	out := &chain.Block{Chain: chainOf(b.Tenant), Number: b.Number, First: uint64(b.First), Last: uint64(b.Last), Count: b.Count, Total: b.Total,
		MinAt: int64(b.MinAt), MaxAt: int64(b.MaxAt), Made: int64(b.Made), Prev: b.Prev, Hash: b.Hash, Sign: b.Sign, High: int64(b.High), Back: b.Back}
	for _, t := range b.Tally {
		out.Tally = append(out.Tally, chain.Tally(t))
	}
	for _, p := range b.Parts {
		out.Parts = append(out.Parts, chain.Part{Chain: chain.Of(p.Tenant), Number: p.Number, Hash: p.Hash})
	}
	return out
}

func entryLine(r *chain.Row) *entry {
	e := &entry{ID: id(r.ID), At: nanos(r.At), Tenant: r.Tenant, Account: r.Account, AccountName: r.AccountName, Action: r.Action,
		ObjectKind: r.ObjectKind, ObjectID: r.ObjectID, ObjectName: r.ObjectName, Outcome: r.Outcome, Reason: r.Reason, Params: r.Params,
		Dialect: r.Dialect, Method: r.Method, Path: r.Path, Address: r.Address, UserAgent: r.UserAgent, RequestID: r.RequestID}
	for _, c := range r.Changes {
		e.Changes = append(e.Changes, change(c))
	}
	return e
}

func (e *entry) row() *chain.Row {
	r := &chain.Row{ID: uint64(e.ID), At: int64(e.At), Tenant: e.Tenant, Account: e.Account, AccountName: e.AccountName, Action: e.Action,
		ObjectKind: e.ObjectKind, ObjectID: e.ObjectID, ObjectName: e.ObjectName, Outcome: e.Outcome, Reason: e.Reason, Params: e.Params,
		Dialect: e.Dialect, Method: e.Method, Path: e.Path, Address: e.Address, UserAgent: e.UserAgent, RequestID: e.RequestID}
	for _, c := range e.Changes {
		r.Changes = append(r.Changes, chain.Change(c))
	}
	return r
}
