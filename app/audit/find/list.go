package find

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"stoa/app/access"
	"stoa/app/audit/chain"
	"stoa/app/fault"
	"stoa/store"
)

// Filter of a list. Any page costs the same however long the log is: lists by
// term (package posting) lead to the entries. One condition, and one together with
// a time, is counted exactly; several at once are looked for newest first, up to a
// budget.
type Filter struct {
	Tenant  uint64 // others than the caller's for super administrators only; 0 = all of theirs, else the caller's
	Account uint64
	Action  string // "account.create", or "account." for all that begin so
	Object  string // "account" (a kind), "account/12" or "12"
	Text    string // beginnings of words, any case: of a name, an id, the action, the address, the reason, the request's id
	Outcome string
	Dialect string
	Address string
	From    time.Time // inclusive
	To      time.Time // exclusive
	Page    int       // from 1; not together with Cursor
	Limit   int       // 1 to 500; 0 = 20
	Cursor  string    // Next of a page before
}

// Page is a part of the log, newest first.
type Page struct {
	Items  []*chain.Row
	Total  int    // exact, unless Capped
	Capped bool   // there are more; the search was given up after its budget
	Next   string // cursor behind Items; "" at the end. With Capped it may lead on from an empty page
}

const (
	defaultLimit = 20
	maxLimit     = 500
	maxPage      = 1 << 40
)

// List shows entries, newest first.
func (s *Finder) List(ctx context.Context, by access.Actor, f Filter) (Page, error) {
	if err := by.Need(access.AuditRead); err != nil {
		return Page{}, err
	}
	w, err := newWalk(s, by, f)
	if err != nil {
		return Page{}, err
	}
	var p Page
	err = s.db.View(ctx, func(r store.Reader) error {
		at := *w
		at.r, at.page = r, Page{}
		var err error
		if f.filtered() {
			err = at.search()
		} else {
			err = at.plain()
		}
		p = at.page
		return err
	})
	return p, fault.Wrap(err)
}

func (f Filter) filtered() bool {
	return f.Account != 0 || f.Action != "" || f.Outcome != "" || f.Dialect != "" || f.Address != "" || f.Text != "" || f.Object != "" ||
		!f.From.IsZero() || !f.To.IsZero()
}

// walk is one reading of the log, from the newest entry down.
type walk struct {
	s      *Finder
	r      store.Reader
	f      Filter
	one    bool // of one tenant
	tenant uint64
	chain  uint64
	in     uint64 // the chain whose lists are read
	low    uint64 // its blocks that can hold what is asked for
	high   uint64
	from   int64 // Unix nanoseconds
	to     int64
	below  uint64 // only entries with lower ids are shown
	skip   int
	limit  int
	rows   int // read so far
	page   Page
}

func newWalk(s *Finder, by access.Actor, f Filter) (*walk, error) {
	w := &walk{s: s, f: f, one: true, tenant: f.Tenant, limit: f.Limit, below: 1<<64 - 1, from: -1 << 63, to: 1<<63 - 1}
	switch {
	case by.Super():
		w.one = f.Tenant != 0
	case f.Tenant == 0:
		w.tenant = by.Tenant
	case f.Tenant != by.Tenant:
		return nil, fault.New(fault.Denied, "audit.tenant", "tenant", "only your own organisation's action log is open to you")
	}
	if w.chain = chain.All; w.one {
		w.chain = chain.Of(w.tenant)
	}
	if w.limit == 0 {
		w.limit = defaultLimit
	}
	if w.limit < 0 || w.limit > maxLimit {
		return nil, fault.New(fault.Invalid, "list.limit", "limit", "limit is 1 to %d", maxLimit)
	}
	if f.Cursor != "" {
		id, ok := chain.ParseID(f.Cursor)
		if !ok {
			return nil, fault.New(fault.Invalid, "list.cursor", "cursor", "the cursor is none that this list gave")
		}
		w.below = id
	} else {
		w.skip = (min(max(f.Page, 1), maxPage) - 1) * w.limit
	}
	if !f.From.IsZero() {
		w.from = f.From.UnixNano()
	}
	if !f.To.IsZero() {
		w.to = f.To.UnixNano()
	}
	w.f.Text = strings.ToLower(strings.TrimSpace(f.Text))
	return w, nil
}

// each calls fn for entries with ids below below, newest first, until it answers
// false.
func (w *walk) each(below uint64, limit int, fn func(*chain.Row) bool) error {
	rows := w.s.log.Entries.Scan(w.r, store.Scan{After: store.K().Uint(below), Reverse: true, Limit: limit})
	if w.one {
		pre := store.K().Uint(w.tenant)
		rows = w.s.log.ByTenant.Scan(w.r, store.Scan{Prefix: pre, After: store.K().Uint(w.tenant).Uint(below), Reverse: true, Limit: limit})
	}
	for e, err := range rows {
		if err != nil {
			return err
		}
		if !fn(e) {
			return nil
		}
	}
	return nil
}

// tail calls fn for the entries that no block has yet, newest first.
func (w *walk) tail(sealed uint64, fn func(*chain.Row)) error {
	return w.each(1<<64-1, 0, func(e *chain.Row) bool {
		if e.ID <= sealed {
			return false
		}
		fn(e)
		return true
	})
}

// plain is a page without a filter: the place where it begins is found by the
// blocks' running totals.
func (w *walk) plain() error {
	all, err := w.s.log.Head(w.r, chain.All)
	if err != nil {
		return err
	}
	end, err := w.s.log.Head(w.r, w.chain)
	if err != nil {
		return err
	}
	fresh := 0
	if err := w.tail(all.LastID, func(*chain.Row) { fresh++ }); err != nil {
		return err
	}
	gone, err := w.gone()
	if err != nil {
		return err
	}
	w.page.Total = int(end.Total-gone) + fresh
	if w.skip >= w.page.Total {
		return nil
	}
	below, skip := w.below, w.skip
	if skip >= fresh && skip > 0 {
		cut, err := w.s.log.Cut(w.r, w.chain)
		if err != nil {
			return err
		}
		rank := end.Total - 1 - uint64(skip-fresh) // of the first entry shown, from the oldest
		b, err := w.s.blockOf(w.r, end, cut.Number, rank)
		if err != nil {
			return err
		}
		if b == nil {
			return fmt.Errorf("%w: the action log's running totals end before its head", store.ErrCorrupt)
		}
		below, skip = b.Last+1, int(b.Total-1-rank)
	}
	return w.each(below, skip+w.limit+1, func(e *chain.Row) bool {
		if skip > 0 {
			skip--
			return true
		}
		return w.show(e)
	})
}

// gone is how many entries were cut of what is listed.
func (w *walk) gone() (n uint64, err error) {
	if w.one {
		cut, err := w.s.log.Cut(w.r, w.chain)
		if err != nil {
			return 0, err
		}
		return cut.Total, nil
	}
	for c, err := range w.s.log.Cuts.Scan(w.r, store.Scan{}) {
		if err != nil {
			return 0, err
		}
		if c.Chain != chain.All {
			n += c.Total
		}
	}
	return n, nil
}

// blockOf finds the block that holds the entry of a rank (0 = the chain's first).
func (s *Finder) blockOf(r store.Reader, end *chain.Head, cut, rank uint64) (*chain.Block, error) {
	return s.log.First(r, end, cut, func(b *chain.Block) bool { return b.Total > rank })
}

// show adds an entry to the page, or notes that there is one more.
func (w *walk) show(e *chain.Row) bool {
	if len(w.page.Items) == w.limit {
		w.more()
		return false
	}
	w.page.Items = append(w.page.Items, e)
	return true
}

func (w *walk) more() {
	if w.page.Next == "" {
		w.page.Next = chain.FormatID(w.page.Items[len(w.page.Items)-1].ID)
	}
}

func (w *walk) giveUp(below uint64) {
	w.page.Capped = true
	if w.page.Next == "" {
		w.page.Next = chain.FormatID(min(below, w.below))
	}
}

// row looks at one entry.
func (w *walk) row(e *chain.Row) {
	w.rows++
	if !w.match(e) {
		return
	}
	w.page.Total++
	switch {
	case e.ID >= w.below:
	case w.skip > 0:
		w.skip--
	default:
		w.show(e)
	}
}

func (w *walk) admits(account uint64, action, outcome string) bool {
	if w.f.Account != 0 && w.f.Account != account || w.f.Outcome != "" && w.f.Outcome != outcome {
		return false
	}
	if strings.HasSuffix(w.f.Action, ".") {
		return strings.HasPrefix(action, w.f.Action)
	}
	return w.f.Action == "" || w.f.Action == action
}

func (w *walk) match(e *chain.Row) bool {
	return e.At >= w.from && e.At < w.to && (!w.one || e.Tenant == w.tenant) && w.admits(e.Account, e.Action, e.Outcome) &&
		(w.f.Dialect == "" || w.f.Dialect == e.Dialect) && (w.f.Address == "" || w.f.Address == e.Address) && w.matchObject(e) && w.matchText(e)
}

func (w *walk) matchObject(e *chain.Row) bool {
	o := w.f.Object
	return o == "" || o == e.ObjectKind || o == e.ObjectID || o == e.ObjectKind+"/"+e.ObjectID
}

func (w *walk) matchText(e *chain.Row) bool {
	if w.f.Text == "" {
		return true
	}
	words := words(e)
	for wanted := range strings.FieldsSeq(w.f.Text) {
		wanted = cutWord(wanted)
		if !slices.ContainsFunc(words, func(word string) bool { return strings.HasPrefix(word, wanted) }) {
			return false
		}
	}
	return true
}
