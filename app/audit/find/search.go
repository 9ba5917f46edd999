package find

import (
	"slices"
	"strconv"
	"strings"

	"stoa/app/audit/chain"
	"stoa/app/posting"
	"stoa/store"
)

// What one page may read. Beyond it the page is given up and says where to go on.
const (
	stepBudget  = 200   // blocks looked at
	loadBudget  = 800   // entries read to be looked at
	scanBudget  = 3_000 // the same, where they are read one after the other
	textBudget  = 600   // the same, where their words are looked at
	blockBudget = 1_500 // blocks whose totals are read
	tailBudget  = 5_000 // of those that are in no list yet
	maxBegin    = 32    // different words that a search may begin
)

// source is one condition of a filter: entries in any of the lists.
type source struct {
	terms []posting.Term
	exact bool // the lists say all: an entry in them meets the condition
}

// sources are the conditions that lists know, in the chain where all of them are.
func (w *walk) sources() (out []source, err error) {
	f := w.f
	one := func(exact bool, dim uint64, value string) {
		out = append(out, source{[]posting.Term{{Dim: dim, Value: value}}, exact})
	}
	if f.Account != 0 {
		one(true, dimAccount, strconv.FormatUint(f.Account, 10))
	}
	if group, rest, ok := strings.Cut(f.Action, "."); f.Action != "" && strings.HasSuffix(f.Action, ".") {
		one(ok && rest == "", dimAction, group+".")
	} else if f.Action != "" {
		one(true, dimAction, f.Action)
	}
	if f.Outcome != "" {
		one(true, dimOutcome, f.Outcome)
	}
	if f.Dialect != "" {
		one(true, dimDialect, f.Dialect)
	}
	if strings.Contains(f.Object, "/") {
		one(true, dimObject, f.Object)
	} else if f.Object != "" {
		out = append(out, source{terms: []posting.Term{{Dim: dimKind, Value: f.Object}, {Dim: dimWord, Value: cutWord(strings.ToLower(f.Object))}}})
	}
	if f.Address != "" {
		one(false, dimWord, cutWord(strings.ToLower(f.Address)))
	}
	if f.Text != "" {
		s, err := w.beginning(f.Text)
		if err != nil {
			return nil, err
		}
		if s != nil {
			out = append(out, *s)
		}
	}
	w.place(out)
	return out, nil
}

// beginning is the lists of the words that begin as the longest one of a text
// does; nil where they are too many to be of use.
func (w *walk) beginning(text string) (*source, error) {
	words := strings.Fields(text)
	longest := slices.MaxFunc(words, func(a, b string) int { return len(a) - len(b) })
	values, more, err := w.s.lists.Values(w.r, chain.All, dimWord, cutWord(longest), maxBegin)
	if err != nil || more {
		return nil, err
	}
	s := &source{terms: []posting.Term{}}
	for _, v := range values {
		s.terms = append(s.terms, posting.Term{Dim: dimWord, Value: v})
	}
	return s, nil
}

// place chooses the chain: the tenant's where it has all the lists, else that
// over all.
func (w *walk) place(sources []source) {
	w.in = w.chain
	for _, s := range sources {
		for _, t := range s.terms {
			if t.Dim > dimKind {
				w.in = chain.All
			}
		}
	}
	for _, s := range sources {
		for i := range s.terms {
			s.terms[i].Chain = w.in
		}
	}
}

// search is a page with a filter: first what is in no list yet, then the lists.
func (w *walk) search() error {
	at, err := w.s.mark(w.r)
	if err != nil {
		return err
	}
	if full, err := w.fresh(at.Last); err != nil || full || at.Round == 0 {
		return err
	}
	sources, err := w.sources()
	if err != nil {
		return err
	}
	if err := w.bounds(at); err != nil || w.low > w.high {
		return err
	}
	if t, ok := w.counted(sources); ok {
		return w.countedPage(t)
	}
	return w.walkPage(sources)
}

// fresh looks at the entries behind those that are in the lists.
func (w *walk) fresh(listed uint64) (full bool, err error) {
	n := 0
	err = w.each(1<<64-1, 0, func(e *chain.Row) bool {
		if e.ID <= listed {
			return false
		}
		if n++; n > tailBudget {
			full = true
			w.giveUp(e.ID + 1)
			return false
		}
		w.row(e)
		return true
	})
	w.rows = 0 // the budget is for what is in the lists
	return full, err
}

// bounds are the first and the last block that can hold an entry of the time
// asked for, among those that are in the lists.
func (w *walk) bounds(at *mark) error {
	end, err := w.s.log.Head(w.r, w.in)
	if err != nil || end.Number == 0 {
		w.low, w.high = 1, 0
		return err
	}
	cut, err := w.s.log.Cut(w.r, w.in)
	if err != nil {
		return err
	}
	w.low, w.high = cut.Number+1, end.Number
	find := func(is func(*chain.Block) bool) (*chain.Block, error) { return w.s.log.First(w.r, end, cut.Number, is) }
	if b, err := find(func(b *chain.Block) bool { return b.Last > at.Last }); err != nil {
		return err
	} else if b != nil {
		w.high = b.Number - 1
	}
	if w.from > -1<<63 {
		b, err := find(func(b *chain.Block) bool { return b.High >= w.from })
		if err != nil {
			return err
		}
		if b == nil {
			w.low = w.high + 1
			return nil
		}
		w.low = max(w.low, b.Number)
	}
	if w.to < 1<<63-1 {
		// All entries behind the first block that reaches To are later, unless the
		// clock ran backwards since.
		b, err := find(func(b *chain.Block) bool { return b.High >= w.to })
		if err != nil {
			return err
		}
		if b != nil && b.Back == end.Back {
			w.high = min(w.high, b.Number)
		}
	}
	return nil
}

// counted reports whether one list with counts says all, within the bounds.
func (w *walk) counted(sources []source) (t posting.Term, ok bool) {
	if len(sources) != 1 || len(sources[0].terms) != 1 || !sources[0].exact || w.in != w.chain {
		return t, false
	}
	t = sources[0].terms[0]
	return t, t.Dim <= dimKind && w.steady()
}

// steady reports whether time rises between the bounds, so that all blocks but
// the first and the last lie in the time asked for.
func (w *walk) steady() bool {
	if w.from == -1<<63 && w.to == 1<<63-1 || w.low == w.high {
		return true
	}
	first, err1 := w.s.log.Blocks.Get(w.r, store.K().Uint(w.in).Uint(w.low))
	last, err2 := w.s.log.Blocks.Get(w.r, store.K().Uint(w.in).Uint(w.high))
	return err1 == nil && err2 == nil && first.Back == last.Back
}

// upTo is how many entries a list once had up to and with a block.
func (w *walk) upTo(t posting.Term, block uint64) (uint64, error) {
	p, err := w.s.lists.Before(w.r, t, block+1)
	if err != nil {
		return 0, err
	}
	if p != nil {
		return p.Total, nil
	}
	if p, err = w.s.lists.From(w.r, t, 0); err != nil || p == nil {
		return 0, err
	}
	return p.Total - p.Was, nil // what was cut
}

// countedPage is a page of one list with counts. Where a time is asked for, the
// entries of the first and the last block are looked at.
func (w *walk) countedPage(t posting.Term) error {
	timed := w.from != -1<<63 || w.to != 1<<63-1
	low, high := w.low, w.high // the blocks that lie in the time as a whole
	if timed {
		if err := w.edge(t, w.high); err != nil || w.low == w.high {
			return err
		}
		low, high = w.low+1, w.high-1
	}
	over, err := w.upTo(t, high)
	if err != nil {
		return err
	}
	under, err := w.upTo(t, low-1)
	if err != nil {
		return err
	}
	if over > under {
		w.page.Total += int(over - under)
		if err := w.inner(t, low, high, over, under); err != nil {
			return err
		}
	}
	if timed {
		return w.edge(t, w.low)
	}
	return nil
}

// edge looks at the entries of one block of a list, whose time may lie outside.
func (w *walk) edge(t posting.Term, number uint64) error {
	p, err := w.s.lists.At(w.r, t, number)
	if err != nil || p == nil {
		return err
	}
	for _, id := range slices.Backward(p.IDs) {
		if err := w.look(id); err != nil {
			return err
		}
	}
	return nil
}

// inner shows what the page has of the blocks from low to high; they are counted
// already, from under to over.
func (w *walk) inner(t posting.Term, low, high, over, under uint64) error {
	p, err := w.s.lists.Before(w.r, t, high+1)
	if w.skip > 0 && err == nil {
		if uint64(w.skip) >= over-under {
			w.skip -= int(over - under)
			return nil
		}
		if p, err = w.s.lists.Reaching(w.r, t, low, high, over-1-uint64(w.skip)); err == nil && p != nil {
			w.skip -= int(over - p.Total)
		}
	}
	if w.f.Cursor != "" && err == nil {
		p, err = w.cursorBlock(t, high)
	}
	for err == nil && p != nil && p.Block >= low {
		for _, id := range slices.Backward(p.IDs) {
			if w.page.Next != "" {
				return nil
			}
			if err := w.showOne(id); err != nil {
				return err
			}
		}
		p, err = w.s.lists.Before(w.r, t, p.Block)
	}
	return err
}

// cursorBlock is the list's last block that can hold an id below the cursor.
func (w *walk) cursorBlock(t posting.Term, high uint64) (*posting.Posting, error) {
	number, err := w.belowCursor()
	if err != nil {
		return nil, err
	}
	return w.s.lists.Before(w.r, t, min(number, high)+1)
}

func (w *walk) belowCursor() (uint64, error) {
	end, err := w.s.log.Head(w.r, w.in)
	if err != nil {
		return 0, err
	}
	cut, err := w.s.log.Cut(w.r, w.in)
	if err != nil {
		return 0, err
	}
	b, err := w.s.log.First(w.r, end, cut.Number, func(b *chain.Block) bool { return b.Last+1 >= w.below })
	if err != nil || b == nil {
		return end.Number, err
	}
	return b.Number, nil
}

// showOne shows an entry that is counted already.
func (w *walk) showOne(id uint64) error {
	switch {
	case id >= w.below:
		return nil
	case w.skip > 0:
		w.skip--
		return nil
	}
	e, err := w.load(id)
	if err == nil && e != nil {
		w.show(e)
	}
	return err
}
