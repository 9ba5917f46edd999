package audit

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"stoa/app/fault"
	"stoa/app/posting"
	"stoa/store"
)

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

func (s *Service) mark(r store.Reader) (*mark, error) {
	m, err := s.marks.Get(r, store.K().Uint(1))
	if errors.Is(err, store.ErrNotFound) {
		return &mark{ID: 1}, nil
	}
	return m, err
}

// counted are the terms of an entry that lists count.
func (r *row) counted() []posting.Term {
	out := []posting.Term{{Dim: dimAccount, Value: strconv.FormatUint(r.Account, 10)}, {Dim: dimAction, Value: r.Action},
		{Dim: dimOutcome, Value: r.Outcome}, {Dim: dimDialect, Value: r.Dialect}, {Dim: dimKind, Value: r.ObjectKind}}
	if group, _, ok := strings.Cut(r.Action, "."); ok {
		out = append(out, posting.Term{Dim: dimAction, Value: group + "."})
	}
	return out
}

// rare are the terms of an entry that are not counted.
func (r *row) rare() []posting.Term {
	var out []posting.Term
	if r.ObjectKind != "" && r.ObjectID != "" {
		out = append(out, posting.Term{Dim: dimObject, Value: r.ObjectKind + "/" + r.ObjectID})
	}
	for _, w := range r.words() {
		out = append(out, posting.Term{Dim: dimWord, Value: w})
	}
	return out
}

// words are what a search may begin with, without repetition.
func (r *row) words() []string {
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

// entriesOf is one list's part of a round.
type entriesOf struct {
	posting.Term
	block  uint64
	ids    []uint64
	counts bool
}

// Index adds the oldest sealed round that is not in the lists yet, and says
// whether there was one. Until then lists read its entries themselves.
func (s *Service) Index(ctx context.Context) (bool, error) {
	var lists []entriesOf
	var at, next *mark
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		lists, next = nil, nil
		if at, err = s.mark(r); err != nil {
			return err
		}
		h, err := s.head(r, allChain)
		if err != nil || at.Round >= h.Number {
			return err
		}
		b, err := s.blocks.Get(r, store.K().Uint(allChain).Uint(at.Round+1))
		if errors.Is(err, store.ErrNotFound) { // cut
			next = &mark{ID: 1, Round: at.Round + 1, Last: at.Last}
			return nil
		}
		if err != nil {
			return err
		}
		next = &mark{ID: 1, Round: b.Number, Last: b.Last}
		lists, err = s.listsOf(r, b)
		return err
	})
	if err != nil || next == nil {
		return false, fault.Wrap(err)
	}
	return true, fault.Wrap(s.addLists(ctx, lists, at, next))
}

// listsOf sorts the entries of a round into their lists.
func (s *Service) listsOf(r store.Reader, b *block) ([]entriesOf, error) {
	blocks := map[uint64]uint64{allChain: b.Number}
	for _, p := range b.Parts {
		blocks[p.Chain] = p.Number
	}
	at := map[posting.Term]int{}
	var out []entriesOf
	add := func(t posting.Term, id uint64, counts bool) {
		i, ok := at[t]
		if !ok {
			i = len(out)
			at[t] = i
			out = append(out, entriesOf{Term: t, block: blocks[t.Chain], counts: counts})
		}
		out[i].ids = append(out[i].ids, id)
	}
	for e, err := range s.entries.Scan(r, store.Scan{After: store.K().Uint(b.First - 1)}) {
		if err != nil {
			return nil, err
		}
		if e.ID > b.Last {
			break
		}
		for _, t := range e.counted() {
			add(t, e.ID, true)
			t.Chain = chainOf(e.Tenant)
			add(t, e.ID, true)
		}
		for _, t := range e.rare() {
			add(t, e.ID, false)
		}
	}
	return out, nil
}

// maxTotals bounds the totals that are remembered between two rounds.
const maxTotals = 20_000

// addLists writes a round's lists in as many transactions as it takes; the mark
// comes with the last. Interrupted, it is done again and gives the same.
func (s *Service) addLists(ctx context.Context, lists []entriesOf, at, next *mark) error {
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

func (s *Service) addList(tx *store.Tx, l entriesOf, fresh map[posting.Term]uint64) error {
	before := uint64(0)
	if l.counts {
		known, ok := s.totals[l.Term]
		if !ok {
			p, err := s.lists.Before(tx, l.Term, l.block)
			if err != nil {
				return err
			}
			if p != nil {
				known = p.Total
			}
		}
		before = known
	}
	total, err := s.lists.AddTx(tx, l.Term, l.block, l.ids, before)
	if l.counts {
		fresh[l.Term] = total
	}
	return err
}
