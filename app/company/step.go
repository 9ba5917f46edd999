package company

import (
	"encoding/json"
	"errors"
	"hash"
	"io"
	"strconv"
	"time"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/org"
	"stoa/store"
)

// step removes some of what a company owns; again says that there is more.
type step struct {
	kind string
	tx   func(tx *store.Tx, by access.Actor, p *Purge) (removed, again bool, err error)
}

// steps are all, in the order in which they are taken.
func (s *Service) steps() []step {
	out := []step{{Files, s.filesTx}, {bytes, func(tx *store.Tx, _ access.Actor, p *Purge) (bool, bool, error) {
		gone, err := s.Estate.Gone(tx, p.Company)
		return false, !gone, err
	}}}
	for _, part := range s.Estate.Parts {
		out = append(out, step{part.Kind, func(tx *store.Tx, by access.Actor, p *Purge) (bool, bool, error) {
			n, more, err := part.Tx(tx, by, p.Company)
			p.count(part.Kind, int64(n))
			return n > 0, more, err
		}})
	}
	return out
}

// filesTx removes files, unfinished uploads and buckets.
func (s *Service) filesTx(tx *store.Tx, by access.Actor, p *Purge) (removed, again bool, err error) {
	done, more, err := s.Estate.Files(tx, by, p.Company)
	if err != nil {
		return false, false, err
	}
	p.count(Files, done.Objects)
	p.count(Buckets, int64(done.Buckets))
	p.Bytes += done.Bytes
	err = p.hash(func(h hash.Hash) {
		for _, sum := range done.Hashes {
			_, _ = io.WriteString(h, sum+"\n") // never fails (hash.Hash)
		}
	}, false)
	return done.Objects > 0 || done.Buckets > 0, more, err
}

// stepTx takes a step and notes it; stuck says that bytes have to be removed
// outside of a transaction first.
func (s *Service) stepTx(tx *store.Tx, p *Purge) (stuck bool, err error) {
	by := access.System("purge")
	by.Tenant = p.Company
	steps := s.steps()
	if p.Step >= len(steps) {
		return false, s.finishTx(tx, by, p)
	}
	_, again, err := steps[p.Step].tx(tx, by, p)
	if err != nil {
		return false, err
	}
	stuck = again && steps[p.Step].kind == bytes
	if !again {
		p.Step++
		p.Waiting = time.Time{}
	}
	return stuck, s.purges.Update(tx, p)
}

// finishTx ends a deletion: when once more nothing of anything is found, the
// company's own row goes and the certificate is written, in one commit.
func (s *Service) finishTx(tx *store.Tx, by access.Actor, p *Purge) error {
	for i, step := range s.steps() {
		removed, again, err := step.tx(tx, by, p)
		if err != nil {
			return err
		}
		if removed || again {
			p.Step = i
			return s.purges.Update(tx, p)
		}
	}
	u, err := s.Org.UnitTx(tx, p.Company)
	if err != nil {
		return err
	}
	if err := s.forgetTx(tx, u); err != nil {
		return err
	}
	for audience := range audiences {
		if err := s.alerts.Delete(tx, alertKey(p.Company, audience)); err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	if err := p.hash(func(hash.Hash) {}, true); err != nil {
		return err
	}
	p.Ended, p.Step = tx.Now(), 0
	if err := s.purges.Update(tx, p); err != nil {
		return err
	}
	return s.certifyTx(tx, p)
}

// certifyTx writes the certificate into the log of the channel, and into the
// installation's where that is another.
func (s *Service) certifyTx(tx *store.Tx, p *Purge) error {
	kind := string(p.Kind())
	facts := map[string]any{"channel": p.Channel, "name": p.Name, "ordered_by": p.ByName, "frozen_at": p.FrozenAt,
		"began_at": p.Began, "ended_at": p.Ended, "bytes": p.Bytes, "sha256": p.Sum(), "counts": p.Counts}
	facts[kind] = p.Company
	text, err := json.Marshal(facts)
	if err != nil {
		return err
	}
	by := access.System("purge")
	by.Account, by.Name = p.By, p.ByName
	logs := []uint64{p.Channel}
	if p.Channel != org.Default {
		logs = append(logs, org.Default)
	}
	for _, tenant := range logs {
		e := audit.Entry{Tenant: tenant, Action: kind + ".purged", ObjectKind: kind, ObjectID: number(p.Company), ObjectName: p.Name, Params: string(text)}
		if err := s.Audit.AddTx(tx, by, e); err != nil {
			return err
		}
	}
	return nil
}

func number(n uint64) string { return strconv.FormatUint(n, 10) }
