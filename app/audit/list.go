package audit

import (
	"context"
	"fmt"
	"strings"
	"time"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/store"
)

// Filter of a list. Without one, any page costs the same however long the log
// is. Account, action, outcome and time are counted from the blocks; Text and
// Object are looked for in the entries, newest first, up to a budget.
type Filter struct {
	Tenant  uint64 // others than the caller's for super administrators only; 0 = all of theirs, else the caller's
	Account uint64
	Action  string // "account.create", or "account." for all that begin so
	Object  string // "account" (a kind), "account/12" or "12"
	Text    string // part of a name, the path, the parameters or the reason, any case
	Outcome string
	From    time.Time // inclusive
	To      time.Time // exclusive
	Page    int       // from 1; not together with Cursor
	Limit   int       // 1 to 500; 0 = 20
	Cursor  string    // Next of a page before
}

// Page is a part of the log, newest first.
type Page struct {
	Items  []Entry
	Total  int    // exact, unless Capped
	Capped bool   // there are more; the search was given up after its budget
	Next   string // cursor behind Items; "" at the end. With Capped it may lead on from an empty page
}

const (
	defaultLimit = 20
	maxLimit     = 500
	maxPage      = 1 << 40
	maxCounted   = 10_000  // matches that a search in the entries counts
	rowBudget    = 100_000 // entries it reads
	blockBudget  = 200_000 // blocks that any filter reads: half a second
)

// List shows entries, newest first.
func (s *Service) List(ctx context.Context, by access.Actor, f Filter) (Page, error) {
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
		at.r, at.page = r, Page{Items: []Entry{}}
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
	return f.Account != 0 || f.Action != "" || f.Outcome != "" || !f.From.IsZero() || !f.To.IsZero() || f.inEntries()
}

// inEntries reports whether blocks can't answer the filter.
func (f Filter) inEntries() bool { return f.Text != "" || f.Object != "" }

// walk is one reading of the log, from the newest entry down.
type walk struct {
	s      *Service
	r      store.Reader
	f      Filter
	one    bool // of one tenant
	tenant uint64
	chain  uint64
	from   int64 // Unix nanoseconds
	to     int64
	below  uint64 // only entries with lower ids are shown
	skip   int
	limit  int
	rows   int // read so far
	page   Page
}

func newWalk(s *Service, by access.Actor, f Filter) (*walk, error) {
	w := &walk{s: s, f: f, one: true, tenant: f.Tenant, limit: f.Limit, below: 1<<64 - 1, from: -1 << 63, to: 1<<63 - 1}
	switch {
	case by.Super():
		w.one = f.Tenant != 0
	case f.Tenant == 0:
		w.tenant = by.Tenant
	case f.Tenant != by.Tenant:
		return nil, fault.New(fault.Denied, "audit.tenant", "tenant", "only your own organisation's action log is open to you")
	}
	if w.chain = allChain; w.one {
		w.chain = chainOf(w.tenant)
	}
	if w.limit == 0 {
		w.limit = defaultLimit
	}
	if w.limit < 0 || w.limit > maxLimit {
		return nil, fault.New(fault.Invalid, "list.limit", "limit", "limit is 1 to %d", maxLimit)
	}
	if f.Cursor != "" {
		id, ok := parseID(f.Cursor)
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
	w.f.Text = strings.ToLower(f.Text)
	return w, nil
}

// each calls fn for entries with ids below below, newest first, until it answers
// false.
func (w *walk) each(below uint64, limit int, fn func(*row) bool) error {
	rows := w.s.entries.Scan(w.r, store.Scan{After: store.K().Uint(below), Reverse: true, Limit: limit})
	if w.one {
		pre := store.K().Uint(w.tenant)
		rows = w.s.byTenant.Scan(w.r, store.Scan{Prefix: pre, After: store.K().Uint(w.tenant).Uint(below), Reverse: true, Limit: limit})
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
func (w *walk) tail(sealed uint64, fn func(*row)) error {
	return w.each(1<<64-1, 0, func(e *row) bool {
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
	all, err := w.s.head(w.r, allChain)
	if err != nil {
		return err
	}
	end, err := w.s.head(w.r, w.chain)
	if err != nil {
		return err
	}
	fresh := 0
	if err := w.tail(all.LastID, func(*row) { fresh++ }); err != nil {
		return err
	}
	w.page.Total = int(end.Total) + fresh
	if w.skip >= w.page.Total {
		return nil
	}
	below, skip := w.below, w.skip
	if skip >= fresh && skip > 0 {
		rank := uint64(w.page.Total - 1 - skip) // of the first entry shown, from the oldest
		b, err := w.s.blockOf(w.r, end, rank)
		if err != nil {
			return err
		}
		if b == nil {
			return fmt.Errorf("%w: the action log's running totals end before its head", store.ErrCorrupt)
		}
		below, skip = b.Last+1, int(b.Total-1-rank)
	}
	return w.each(below, skip+w.limit+1, func(e *row) bool {
		if skip > 0 {
			skip--
			return true
		}
		return w.show(e)
	})
}

// blockOf finds the block that holds the entry of a rank (0 = the chain's first).
func (s *Service) blockOf(r store.Reader, end *head, rank uint64) (*block, error) {
	return s.firstBlock(r, end, func(b *block) bool { return b.Total > rank })
}

// firstBlock finds the first block of a chain for which is answers true, where
// that is so for all later ones too; nil if there is none.
func (s *Service) firstBlock(r store.Reader, end *head, is func(*block) bool) (found *block, err error) {
	low, high := uint64(1), end.Number
	for low <= high {
		mid := low + (high-low)/2
		b, err := s.blocks.Get(r, store.K().Uint(end.Chain).Uint(mid))
		if err != nil {
			return nil, err
		}
		if is(b) {
			found, high = b, mid-1
		} else {
			low = mid + 1
		}
	}
	return found, nil
}

// show adds an entry to the page, or notes that there is one more.
func (w *walk) show(e *row) bool {
	if len(w.page.Items) == w.limit {
		w.more()
		return false
	}
	w.page.Items = append(w.page.Items, e.entry())
	return true
}

func (w *walk) more() {
	if w.page.Next == "" {
		w.page.Next = w.page.Items[len(w.page.Items)-1].ID
	}
}

// search is a page with a filter.
func (w *walk) search() error {
	all, err := w.s.head(w.r, allChain)
	if err != nil {
		return err
	}
	if err := w.tail(all.LastID, w.row); err != nil {
		return err
	}
	end, err := w.s.head(w.r, w.chain)
	if err != nil || end.Number == 0 {
		return err
	}
	start, err := w.start(end)
	if err != nil {
		return err
	}
	blocks := 0
	scan := store.Scan{Prefix: store.K().Uint(w.chain), After: store.K().Uint(w.chain).Uint(start + 1), Reverse: true}
	for b, err := range w.s.blocks.Scan(w.r, scan) {
		if err != nil {
			return err
		}
		if b.High < w.from {
			return nil // nothing this old or older is late enough
		}
		if blocks++; blocks > blockBudget || w.rows > rowBudget || w.enough() {
			w.giveUp(b)
			return nil
		}
		if err := w.block(b); err != nil {
			return err
		}
	}
	return nil
}

// start is the number of the newest block that can hold an entry before To. All
// later entries than those of the first block that reaches To are later, unless
// the clock ran backwards since.
func (w *walk) start(end *head) (uint64, error) {
	b, err := w.s.firstBlock(w.r, end, func(b *block) bool { return b.High >= w.to })
	if err != nil || b == nil || b.Back != end.Back {
		return end.Number, err
	}
	return b.Number, nil
}

func (w *walk) enough() bool {
	return w.f.inEntries() && w.page.Total >= maxCounted && w.page.Next != ""
}

func (w *walk) giveUp(b *block) {
	w.page.Capped = true
	if w.page.Next == "" {
		w.page.Next = formatID(min(b.Last+1, w.below))
	}
}

// row looks at one entry.
func (w *walk) row(e *row) {
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

// block counts a block's matches by its tally, and reads its entries only where
// the tally can't tell or some of them are to be shown.
func (w *walk) block(b *block) error {
	if b.MaxAt < w.from || b.MinAt >= w.to {
		return nil
	}
	n := w.matches(b)
	if n == 0 {
		return nil
	}
	whole := !w.f.inEntries() && b.MinAt >= w.from && b.MaxAt < w.to
	full := len(w.page.Items) == w.limit
	switch {
	case whole && (b.First >= w.below || full && w.page.Next != ""):
		w.page.Total += n
		return nil
	case whole && b.Last < w.below && w.skip >= n:
		w.page.Total += n
		w.skip -= n
		return nil
	case whole && full && b.Last < w.below:
		w.page.Total += n
		w.more()
		return nil
	}
	return w.each(b.Last+1, 0, func(e *row) bool {
		if e.ID < b.First {
			return false
		}
		w.row(e)
		return true
	})
}

// matches counts the entries of a block that its tally lets through.
func (w *walk) matches(b *block) int {
	n := uint64(0)
	for _, t := range b.Tally {
		if w.admits(t.Account, t.Action, t.Outcome) {
			n += t.Count
		}
	}
	return int(n)
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

func (w *walk) match(e *row) bool {
	return e.At >= w.from && e.At < w.to && w.admits(e.Account, e.Action, e.Outcome) && w.matchObject(e) && w.matchText(e)
}

func (w *walk) matchObject(e *row) bool {
	o := w.f.Object
	return o == "" || o == e.ObjectKind || o == e.ObjectID || o == e.ObjectKind+"/"+e.ObjectID
}

func (w *walk) matchText(e *row) bool {
	if w.f.Text == "" {
		return true
	}
	for _, text := range []string{e.AccountName, e.ObjectName, e.Action, e.Path, e.Params, e.Reason, e.Address} {
		if strings.Contains(strings.ToLower(text), w.f.Text) {
			return true
		}
	}
	return false
}
