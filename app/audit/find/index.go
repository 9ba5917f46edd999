// Package find lists the entries of the action log by what is asked for. It keeps
// lists by term (package posting) beside the log, filled after entries are sealed,
// so that a page takes a few reads however long the log is.
package find

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"stoa/app/audit/chain"
	"stoa/app/fault"
	"stoa/app/posting"
	"stoa/store"
)

// Finder finds entries of one log.
type Finder struct {
	log   *chain.Tables
	db    *store.DB
	lists *posting.Index
	marks store.Table[mark]

	// The totals of lists as of the round totalsAt; the worker's alone.
	totals   map[posting.Term]uint64
	totalsAt uint64
}

// New defines the tables of the lists; Bind completes the finder.
func New(s *store.Schema, log *chain.Tables) *Finder {
	f := &Finder{log: log, lists: posting.New(s, 65, "audit_list")}
	f.marks = store.Define(s, 66, "audit_mark", func(m *mark) store.Key { return store.K().Uint(m.ID) })
	return f
}

// Bind gives the finder its store.
func (s *Finder) Bind(db *store.DB) { s.db = db }

// Listed is the id of the last entry that is in the lists.
func (s *Finder) Listed(r store.Reader) (uint64, error) {
	m, err := s.mark(r)
	if err != nil {
		return 0, err
	}
	return m.Last, nil
}

// RemoveTx takes entries out of one list.
func (s *Finder) RemoveTx(tx *store.Tx, l List) error {
	return s.lists.RemoveTx(tx, l.Term, l.Block, l.IDs)
}

// What entries are listed by. Those up to dimKind have few values and counts, in
// the chain over all and in the tenant's; the others are in the chain over all
// alone.
const (
	dimAccount uint64 = 1 + iota
	dimAction         // "account.create", and its group "account."
	dimOutcome
	dimDialect
	dimKind   // of the object
	dimObject // "account/12"
	dimWord   // beginnings of names
)

// Words of an entry that are listed, and their longest form in bytes.
const (
	maxWords  = 24
	maxWord   = 48
	maxReason = 6 // words of a reason
)

// mark is how far the lists have got.
type mark struct {
	ID    uint64 `cbor:"1,keyasint"`
	Round uint64 `cbor:"2,keyasint"`
	Last  uint64 `cbor:"3,keyasint"` // id of the last entry of that round
}

func (s *Finder) mark(r store.Reader) (*mark, error) {
	m, err := s.marks.Get(r, store.K().Uint(1))
	if errors.Is(err, store.ErrNotFound) {
		return &mark{ID: 1}, nil
	}
	return m, err
}

// counted are the terms of an entry that lists count.
func counted(r *chain.Row) []posting.Term {
	out := []posting.Term{{Dim: dimAccount, Value: strconv.FormatUint(r.Account, 10)}, {Dim: dimAction, Value: r.Action},
		{Dim: dimOutcome, Value: r.Outcome}, {Dim: dimDialect, Value: r.Dialect}, {Dim: dimKind, Value: r.ObjectKind}}
	if group, _, ok := strings.Cut(r.Action, "."); ok {
		out = append(out, posting.Term{Dim: dimAction, Value: group + "."})
	}
	return out
}

// rare are the terms of an entry that are not counted.
func rare(r *chain.Row) []posting.Term {
	var out []posting.Term
	if r.ObjectKind != "" && r.ObjectID != "" {
		out = append(out, posting.Term{Dim: dimObject, Value: r.ObjectKind + "/" + r.ObjectID})
	}
	for _, w := range words(r) {
		out = append(out, posting.Term{Dim: dimWord, Value: w})
	}
	return out
}

// words are what a search may begin with, without repetition.
func words(r *chain.Row) []string {
	reason := strings.Fields(r.Reason)
	texts := append([]string{r.AccountName, r.ObjectName, r.ObjectID, r.Action, r.Address, r.RequestID}, reason[:min(len(reason), maxReason)]...)
	var out []string
	for _, text := range texts {
		for word := range strings.FieldsSeq(strings.ToLower(text)) {
			out = append(out, ends(word)...)
		}
	}
	slices.Sort(out)
	out = slices.Compact(out)
	return out[:min(len(out), maxWords)]
}

// ends are a word and what is left of it behind each separator, and at each
// character of a script without spaces.
func ends(word string) []string {
	out := []string{cutWord(word)}
	before := 'x'
	for i, c := range word {
		letter := unicode.IsLetter(c) || unicode.IsDigit(c)
		if i > 0 && letter && (c >= 0x2e80 || !unicode.IsLetter(before) && !unicode.IsDigit(before)) && len(out) < 8 {
			out = append(out, cutWord(word[i:]))
		}
		before = c
	}
	return out
}

func cutWord(s string) string {
	if len(s) <= maxWord {
		return s
	}
	return strings.ToValidUTF8(s[:maxWord], "")
}

// List is one list's part of a round.
type List struct {
	posting.Term
	Block  uint64
	IDs    []uint64
	counts bool
}

// Index adds the oldest sealed round that is not in the lists yet, and says
// whether there was one. Until then lists read its entries themselves.
func (s *Finder) Index(ctx context.Context) (bool, error) {
	var lists []List
	var at, next *mark
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		lists, next = nil, nil
		if at, err = s.mark(r); err != nil {
			return err
		}
		h, err := s.log.Head(r, chain.All)
		if err != nil || at.Round >= h.Number {
			return err
		}
		b, err := s.log.Blocks.Get(r, store.K().Uint(chain.All).Uint(at.Round+1))
		if errors.Is(err, store.ErrNotFound) { // cut
			next = &mark{ID: 1, Round: at.Round + 1, Last: at.Last}
			return nil
		}
		if err != nil {
			return err
		}
		next = &mark{ID: 1, Round: b.Number, Last: b.Last}
		lists, err = s.Lists(r, b)
		return err
	})
	if err != nil || next == nil {
		return false, fault.Wrap(err)
	}
	return true, fault.Wrap(s.addLists(ctx, lists, at, next))
}

// Lists sorts the entries of a round into their lists.
func (s *Finder) Lists(r store.Reader, b *chain.Block) ([]List, error) {
	blocks := map[uint64]uint64{chain.All: b.Number}
	for _, p := range b.Parts {
		blocks[p.Chain] = p.Number
	}
	at := map[posting.Term]int{}
	var out []List
	add := func(t posting.Term, id uint64, counts bool) {
		i, ok := at[t]
		if !ok {
			i = len(out)
			at[t] = i
			out = append(out, List{Term: t, Block: blocks[t.Chain], counts: counts})
		}
		out[i].IDs = append(out[i].IDs, id)
	}
	for e, err := range s.log.Entries.Scan(r, store.Scan{After: store.K().Uint(b.First - 1)}) {
		if err != nil {
			return nil, err
		}
		if e.ID > b.Last {
			break
		}
		for _, t := range counted(e) {
			add(t, e.ID, true)
			t.Chain = chain.Of(e.Tenant)
			add(t, e.ID, true)
		}
		for _, t := range rare(e) {
			add(t, e.ID, false)
		}
	}
	return out, nil
}

// maxTotals bounds the totals that are remembered between two rounds.
const maxTotals = 20_000

// addLists writes a round's lists in as many transactions as it takes; the mark
// comes with the last. Interrupted, it is done again and gives the same.
func (s *Finder) addLists(ctx context.Context, lists []List, at, next *mark) error {
	if s.totals == nil || s.totalsAt != at.Round || len(s.totals) > maxTotals {
		s.totals = map[posting.Term]uint64{}
	}
	s.totalsAt = 0 // not to be believed until this round is complete
	fresh := map[posting.Term]uint64{}
	for done := false; !done; {
		n := 0
		err := s.db.Update(ctx, func(tx *store.Tx) error {
			n, done = 0, false
			for _, l := range lists {
				if tx.Full() {
					return nil
				}
				if err := s.addList(tx, l, fresh); err != nil {
					return err
				}
				n++
			}
			done = true
			return s.marks.Put(tx, next)
		})
		if err != nil {
			return err
		}
		lists = lists[n:]
	}
	for t, total := range fresh {
		s.totals[t] = total
	}
	s.totalsAt = next.Round
	return nil
}

func (s *Finder) addList(tx *store.Tx, l List, fresh map[posting.Term]uint64) error {
	before := uint64(0)
	if l.counts {
		known, ok := s.totals[l.Term]
		if !ok {
			p, err := s.lists.Before(tx, l.Term, l.Block)
			if err != nil {
				return err
			}
			if p != nil {
				known = p.Total
			}
		}
		before = known
	}
	total, err := s.lists.AddTx(tx, l.Term, l.Block, l.IDs, before)
	if l.counts {
		fresh[l.Term] = total
	}
	return err
}
