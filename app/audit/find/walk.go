package find

import (
	"errors"
	"slices"

	"stoa/app/audit/chain"
	"stoa/app/posting"
	"stoa/store"
)

// lister goes down the blocks of one source.
type lister struct {
	w     *walk
	terms []posting.Term
	at    []*posting.Posting // of each term, the next to be taken
}

func (w *walk) lister(s source, below uint64) (*lister, error) {
	l := &lister{w: w, terms: s.terms, at: make([]*posting.Posting, len(s.terms))}
	for i, t := range s.terms {
		var err error
		if l.at[i], err = w.s.lists.Before(w.r, t, below); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// next is the highest block that is left, with the ids of all lists in it; 0 at
// the end.
func (l *lister) next() (number uint64, ids []uint64, err error) {
	for _, p := range l.at {
		if p != nil {
			number = max(number, p.Block)
		}
	}
	if number == 0 {
		return 0, nil, nil
	}
	for i, p := range l.at {
		if p == nil || p.Block != number {
			continue
		}
		ids = append(ids, p.IDs...)
		if l.at[i], err = l.w.s.lists.Before(l.w.r, l.terms[i], number); err != nil {
			return 0, nil, err
		}
	}
	slices.Sort(ids)
	return number, slices.Compact(ids), nil
}

// walkPage goes down the shortest of the conditions' lists and looks at what is in
// the others too, as far as its budget goes.
func (w *walk) walkPage(sources []source) error {
	top := w.high
	if w.f.Cursor != "" {
		number, err := w.belowCursor()
		if err != nil {
			return err
		}
		if number < top {
			top = number
			w.page.Capped = true // what is above the cursor is not counted
		}
	}
	if len(sources) == 0 {
		return w.blocksDown(top)
	}
	sure := w.sure(sources)
	driver, others, err := w.driver(sources)
	if err != nil {
		return err
	}
	l, err := w.lister(driver, top+1)
	if err != nil {
		return err
	}
	for steps := 1; ; steps++ {
		number, ids, err := l.next()
		if err != nil || number < w.low {
			return err
		}
		if ids, err = w.both(ids, others, number); err != nil {
			return err
		}
		if w.page.Next != "" && (sure || w.page.Capped) {
			if w.page.Capped {
				return nil
			}
			w.page.Total += len(ids)
			ids = nil
		}
		for _, id := range slices.Backward(ids) {
			if w.rows >= loadBudget {
				w.giveUp(id + 1)
				return nil
			}
			if err := w.look(id); err != nil {
				return err
			}
		}
		if steps >= stepBudget {
			b, err := w.s.log.Blocks.Get(w.r, store.K().Uint(w.in).Uint(number))
			if err != nil {
				return err
			}
			w.giveUp(b.First)
			return nil
		}
	}
}

// sure reports whether an entry that is in all lists meets the filter.
func (w *walk) sure(sources []source) bool {
	for _, s := range sources {
		if !s.exact || len(s.terms) != 1 {
			return false
		}
	}
	return w.from == -1<<63 && w.to == 1<<63-1 && w.in == w.chain
}

// driver is the source with the fewest entries, as far as that is known: lists
// without counts are short.
func (w *walk) driver(sources []source) (driver source, others []source, err error) {
	best, least := 0, uint64(1<<64-1)
	for i, s := range sources {
		size := uint64(0)
		for _, t := range s.terms {
			if t.Dim > dimKind {
				continue
			}
			p, err := w.s.lists.Before(w.r, t, w.high+1)
			if err != nil {
				return driver, nil, err
			}
			if p != nil {
				size += p.Total
			}
		}
		if size < least {
			best, least = i, size
		}
	}
	return sources[best], slices.Delete(slices.Clone(sources), best, best+1), nil
}

// both keeps the ids that are in the other conditions' lists too. A condition with
// several lists is left to the look at the entry.
func (w *walk) both(ids []uint64, others []source, number uint64) ([]uint64, error) {
	for _, s := range others {
		if len(s.terms) != 1 || len(ids) == 0 {
			continue
		}
		p, err := w.s.lists.At(w.r, s.terms[0], number)
		if err != nil {
			return nil, err
		}
		if p == nil {
			return nil, nil
		}
		ids = slices.DeleteFunc(ids, func(id uint64) bool { _, found := slices.BinarySearch(p.IDs, id); return !found })
	}
	return ids, nil
}

// blocksDown is a page of all entries of a time, or of a text that too many words
// begin with. Whole blocks are counted by their totals, if time rises and nothing
// but time is asked for.
func (w *walk) blocksDown(top uint64) error {
	steady := top == w.high && w.steady()
	number, steps, budget := top, 0, scanBudget
	if w.f.Text != "" {
		budget = textBudget // taking words apart costs more than reading
	}
	for ; number >= w.low && number > 0; number-- {
		steps++
		b, err := w.s.log.Blocks.Get(w.r, store.K().Uint(w.in).Uint(number))
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		inside := w.f.Text == "" && b.MinAt >= w.from && b.MaxAt < w.to
		switch {
		case w.page.Capped && w.page.Next != "":
			return nil
		case w.rows >= budget || steps > blockBudget:
			w.giveUp(b.Last + 1)
			return nil
		case inside && steady && w.page.Next != "" && number > w.low:
			return w.rest(b)
		case inside && w.page.Next != "":
			w.page.Total += int(b.Count)
			continue
		case inside && b.Last < w.below && w.skip >= int(b.Count):
			w.skip -= int(b.Count)
			w.page.Total += int(b.Count)
			if !steady {
				continue
			}
			if n, err := w.leap(b); err != nil {
				return err
			} else if n < number {
				number = n + 1
			}
			continue
		case w.in == w.chain && (b.MaxAt < w.from || b.MinAt >= w.to):
			continue
		}
		if err := w.each(b.Last+1, 0, func(e *chain.Row) bool {
			if e.ID < b.First {
				return false
			}
			w.row(e)
			return true
		}); err != nil {
			return err
		}
	}
	return nil
}

// rest counts the blocks from b down by their totals, and looks at the last one.
func (w *walk) rest(b *chain.Block) error {
	low, err := w.s.log.Blocks.Get(w.r, store.K().Uint(w.in).Uint(w.low))
	if err != nil {
		return err
	}
	w.page.Total += int(b.Total - low.Total)
	return w.each(low.Last+1, 0, func(e *chain.Row) bool {
		if e.ID < low.First {
			return false
		}
		w.row(e)
		return true
	})
}

// leap passes over whole blocks below b that the page does not show: it answers
// the number of the first one that it has to look at.
func (w *walk) leap(b *chain.Block) (uint64, error) {
	if uint64(w.skip) < b.Count || b.Number <= w.low+1 {
		return b.Number, nil
	}
	end := &chain.Head{Chain: w.in, Number: b.Number - 1}
	rank := uint64(0)
	if under := b.Total - b.Count; under > uint64(w.skip) {
		rank = under - 1 - uint64(w.skip)
	}
	to, err := w.s.log.First(w.r, end, w.low, func(x *chain.Block) bool { return x.Total > rank })
	if err != nil || to == nil {
		return b.Number, err
	}
	passed := b.Total - b.Count - to.Total
	w.skip -= int(passed)
	w.page.Total += int(passed)
	return to.Number, nil
}

// look reads one entry and counts it, and shows it where it is the page's turn.
func (w *walk) look(id uint64) error {
	e, err := w.load(id)
	if err == nil && e != nil {
		w.row(e)
	}
	return err
}

// load reads an entry; nil when it was cut meanwhile.
func (w *walk) load(id uint64) (*chain.Row, error) {
	e, err := w.s.log.Entries.Get(w.r, store.K().Uint(id))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	return e, err
}
