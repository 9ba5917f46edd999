package upload

import (
	"context"
	"errors"
	"fmt"
	"time"

	"stoa/app/usage"
	"stoa/store"
)

// steps is how many rows with bytes behind them are removed in one transaction.
const steps = 40

// Sweep removes uploads that were given up or are long done, and blocks that
// nothing was made of. Killed at any point it goes on at
// the next call.
func (s *Service) Sweep(ctx context.Context) error {
	for _, work := range []func(*store.Tx) (bool, error){s.uploadsTx, s.blocksTx} {
		for more := true; more; {
			if err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
				more, err = work(tx)
				return err
			}); err != nil {
				return err
			}
		}
	}
	return nil
}

// due takes rows of an index of ends that have come, up to n.
func due[T any](tx *store.Tx, index store.Index[T], end func(*T) time.Time, n int) ([]*T, error) {
	var out []*T
	for row, err := range index.Scan(tx, store.Scan{Limit: n}) {
		if err != nil {
			return nil, err
		}
		if tx.Now().Before(end(row)) {
			break
		}
		out = append(out, row)
	}
	return out, nil
}

// uploadsTx ends uploads: of one that was given up all parts go with their bytes,
// of one that is done those with their bytes that are not in its file.
func (s *Service) uploadsTx(tx *store.Tx) (more bool, err error) {
	rows, err := due(tx, s.uploadEnd, func(u *Upload) time.Time { return u.Expires }, 1)
	if err != nil || len(rows) == 0 {
		return false, err
	}
	return true, s.endUploadTx(tx, rows[0])
}

// endUploadTx removes some of what belongs to an upload, and the upload when that
// was all.
func (s *Service) endUploadTx(tx *store.Tx, u *Upload) error {
	n := 0
	for p, err := range s.parts.Scan(tx, store.Scan{Prefix: store.K().Str(u.ID), Limit: steps}) {
		if err != nil {
			return err
		}
		n++
		if err := s.parts.Delete(tx, partKey(p.Upload, p.Number)); err != nil {
			return err
		}
		if u.Done != nil && u.listed(p.Number) {
			continue
		}
		if err := s.dropPendingTx(tx, u.Tenant, p.Piece, p.Size); err != nil {
			return err
		}
	}
	for b, err := range s.joined.Scan(tx, store.Scan{Prefix: store.K().Str(u.ID), Limit: steps}) {
		if err != nil {
			return err
		}
		n++
		if u.Done != nil { // its pieces are the file's
			err = s.blocks.Delete(tx, store.K().Bytes(b.ID))
		} else {
			b.Joined = ""
			err = s.blocks.Update(tx, b)
		}
		if err != nil {
			return err
		}
	}
	if n > 0 {
		return nil
	}
	return s.uploads.Delete(tx, store.K().Str(u.ID))
}

// listed reports whether a part is in the file that was made.
func (u *Upload) listed(number int) bool {
	for i := 0; i+1 < len(u.Listed); i += 2 {
		if int(u.Listed[i])<<8|int(u.Listed[i+1]) == number {
			return true
		}
	}
	return false
}

// blocksTx removes blocks that nothing was made of.
func (s *Service) blocksTx(tx *store.Tx) (more bool, err error) {
	rows, err := due(tx, s.blockEnd, func(b *Block) time.Time { return b.Expires }, steps/4)
	if err != nil {
		return false, err
	}
	for _, b := range rows {
		if tx.Full() { // each may have many chunks
			return true, nil
		}
		if err := s.dropBlockTx(tx, b); err != nil {
			return false, err
		}
	}
	return len(rows) == steps/4, nil
}

// dropBlockTx removes a block, with its bytes unless they are a file's by now.
func (s *Service) dropBlockTx(tx *store.Tx, b *Block) error {
	if err := s.blocks.Delete(tx, store.K().Bytes(b.ID)); err != nil {
		return err
	}
	used, err := s.usedTx(tx, b)
	if err != nil || used {
		return err
	}
	return s.dropPendingTx(tx, b.Tenant, b.Pieces, b.Got)
}

// usedTx reports whether a block has become a part of a file.
func (s *Service) usedTx(r store.Reader, b *Block) (bool, error) {
	if b.Joined == "" {
		return false, nil
	}
	u, err := s.uploads.Get(r, store.K().Str(b.Joined))
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil && u.Done != nil, err
}

// PurgeTx removes some of a tenant's unfinished uploads; more that there are others.
func (s *Service) PurgeTx(tx *store.Tx, tenant uint64) (more bool, err error) {
	of := store.Scan{Prefix: store.K().Uint(tenant), Limit: 1}
	for u, err := range s.uploadsOf.Scan(tx, of) {
		if err != nil {
			return false, err
		}
		return true, s.endUploadTx(tx, u)
	}
	of.Limit = steps / 4
	n := 0
	for b, err := range s.blocksOf.Scan(tx, of) {
		if err != nil {
			return false, err
		}
		if tx.Full() {
			break
		}
		if err := s.dropBlockTx(tx, b); err != nil {
			return false, err
		}
		n++
	}
	return n > 0, nil
}

// CheckTx counts the parts and blocks of what is not finished, adds them to used,
// and says what is wrong with them.
func (s *Service) CheckTx(r store.Reader, used map[uint64]usage.Usage) (problems []string, err error) {
	open := map[string]*Upload{}
	add := func(tenant uint64, pending int64) {
		u := used[tenant]
		u.Pending += pending
		used[tenant] = u
	}
	for u, err := range s.uploads.Scan(r, store.Scan{}) {
		if err != nil {
			return problems, err
		}
		open[u.ID] = u
	}
	for p, err := range s.parts.Scan(r, store.Scan{}) {
		if err != nil {
			return problems, err
		}
		u := open[p.Upload]
		switch {
		case u == nil:
			problems = append(problems, fmt.Sprintf("part %d belongs to upload %s, which is not there", p.Number, p.Upload))
		case u.Done == nil || !u.listed(p.Number):
			add(u.Tenant, p.Size)
		}
	}
	for b, err := range s.blocks.Scan(r, store.Scan{}) {
		if err != nil {
			return problems, err
		}
		if u := open[b.Joined]; u == nil || u.Done == nil {
			add(b.Tenant, b.Got)
		}
	}
	return problems, nil
}
