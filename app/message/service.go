package message

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"time"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/app/seal"
	"stoa/store"
)

// Service is the outbox and the worker that empties it.
type Service struct {
	deps      Deps
	db        *store.DB
	messages  store.Table[row]
	due       store.Index[row]
	ids       *store.Sequence
	templates store.Table[templateRow]
	wake      chan struct{}
}

// Deps are what messages need from their neighbours. A nil sender keeps the
// channel's messages in the outbox.
type Deps struct {
	Audit    *audit.Service
	Box      *seal.Box
	SMS      Sender
	Email    Sender
	Language string // zh or en; "" = zh
	Product  string // how the installation calls itself in texts; "" = stoa
}

const defaultLife = 72 * time.Hour

// New defines the tables; Bind completes the service.
func New(s *store.Schema, d Deps) *Service {
	if d.Product == "" {
		d.Product = "stoa"
	}
	m := &Service{deps: d, wake: make(chan struct{}, 1)}
	m.messages = store.Define(s, 45, "message", func(r *row) store.Key { return store.K().Uint(r.ID) })
	m.messages.Expires(func(r *row) time.Time { return r.ExpiresAt })
	m.due = m.messages.Index(1, "due", func(r *row) []store.Key {
		if r.State != Queued {
			return nil
		}
		return []store.Key{store.K().Time(r.Next)}
	})
	m.ids = store.NewSequence(s, 46, "message_id", 1)
	seal.Register(d.Box, m.messages, func(r *row, at seal.At) { at(record(r.ID), &r.Sealed) })
	m.templates = store.Define(s, 170, "message_template", func(t *templateRow) store.Key { return templateKey(t.Purpose, t.Language) })
	return m
}

// Bind gives the service its store.
func (s *Service) Bind(db *store.DB) { s.db = db }

func (s *Service) sender(channel string) Sender {
	if channel == SMS {
		return s.deps.SMS
	}
	return s.deps.Email
}

// Delivers reports whether messages of the channel leave the server; otherwise
// they are kept in the outbox.
func (s *Service) Delivers(channel string) bool { return s.sender(channel) != nil }

// Compose is the text of a message in the configured language. Codes need the
// values code and minutes, password_reset name, minutes and link,
// account_notice by, name, hours and link.
func (s *Service) Compose(r store.Reader, purpose string, values map[string]string) (subject, body string, err error) {
	t, err := s.wording(r, s.language(), purpose)
	if err != nil {
		return "", "", err
	}
	all := map[string]string{"product": s.deps.Product}
	maps.Copy(all, values)
	return compose(t, all)
}

// SendTx writes a message as part of tx; it is delivered after the commit. An
// empty Body is composed from Purpose and Values.
func (s *Service) SendTx(tx *store.Tx, m Message) error {
	if err := check(m); err != nil {
		return err
	}
	var err error
	if m.Body == "" {
		subject := ""
		if subject, m.Body, err = s.Compose(tx, m.Purpose, m.Values); err != nil {
			return fault.Wrap(err)
		}
		if m.Subject == "" {
			m.Subject = subject
		}
	}
	if m.ID, err = s.ids.Next(tx); err != nil {
		return fault.Wrap(err)
	}
	r := &row{ID: m.ID, Tenant: m.Tenant, Channel: m.Channel, To: m.To, Subject: m.Subject, Purpose: m.Purpose, Secret: m.Secret,
		CreatedAt: tx.Now(), ExpiresAt: m.ExpiresAt, State: Kept}
	if r.ExpiresAt.IsZero() {
		r.ExpiresAt = tx.Now().Add(defaultLife)
	}
	if s.Delivers(m.Channel) {
		r.State, r.Next = Queued, tx.Now()
		tx.OnCommit(s.stir)
	}
	if r.Sealed, err = s.seal(m); err != nil {
		return fault.Wrap(err)
	}
	return fault.Wrap(s.messages.Insert(tx, r))
}

func (s *Service) stir() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func record(id uint64) string { return fmt.Sprintf("message/%d/content", id) }

func (s *Service) seal(m Message) ([]byte, error) {
	plain, err := json.Marshal(content{m.Body, m.Values})
	if err != nil {
		return nil, err
	}
	return s.deps.Box.Seal(plain, record(m.ID))
}

// full is a stored message with its body.
func (s *Service) full(r *row) (Message, error) {
	m := r.message()
	if r.Sealed == nil {
		return m, nil
	}
	plain, err := s.deps.Box.Unseal(r.Sealed, record(r.ID))
	if err != nil {
		return m, err
	}
	var c content
	err = json.Unmarshal(plain, &c)
	m.Body, m.Values = c.Body, c.Values
	return m, err
}

// Filter of a list. Page counts from 1.
type Filter struct {
	Channel, State, To string // "" = any; To is the whole number or address
	Page, Limit        int    // Limit 1 to 500; 0 = 20
}

// Page is a part of the outbox, newest first.
type Page struct {
	Items  []Message // the body is empty where it is secret or was sent
	Total  int
	Capped bool
}

const (
	defaultLimit = 20
	maxLimit     = 500
	maxCounted   = 10_000
)

// List shows the messages that have not expired, to super administrators only,
// and writes into the action log who read which.
func (s *Service) List(ctx context.Context, by access.Actor, f Filter) (Page, error) {
	if err := need(by); err != nil {
		return Page{}, err
	}
	if f.Limit == 0 {
		f.Limit = defaultLimit
	}
	if f.Limit < 0 || f.Limit > maxLimit {
		return Page{}, fault.New(fault.Invalid, "list.limit", "limit", "limit is 1 to %d", maxLimit)
	}
	var p Page
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		p, err = s.page(r, f)
		return err
	})
	if err != nil {
		return Page{}, fault.Wrap(err)
	}
	return p, s.audited(ctx, by, p.Items)
}

func (s *Service) page(r store.Reader, f Filter) (Page, error) {
	p := Page{Items: []Message{}}
	skip := (max(f.Page, 1) - 1) * f.Limit
	for m, err := range s.messages.Scan(r, store.Scan{Reverse: true}) {
		if err != nil {
			return p, err
		}
		if !f.match(m, r.Now()) {
			continue
		}
		if p.Total == maxCounted {
			p.Capped = true
			break
		}
		p.Total++
		if p.Total <= skip || len(p.Items) == f.Limit {
			continue
		}
		shown, err := s.shown(m)
		if err != nil {
			return p, err
		}
		p.Items = append(p.Items, shown)
	}
	return p, nil
}

func (f Filter) match(m *row, now time.Time) bool {
	return m.ExpiresAt.After(now) && (f.Channel == "" || f.Channel == m.Channel) &&
		(f.State == "" || f.State == m.State) && (f.To == "" || f.To == m.To)
}

// shown is a message as its reader may see it.
func (s *Service) shown(r *row) (Message, error) {
	m, err := s.full(r)
	m.Values = nil
	if m.Secret {
		m.Body = ""
	}
	return m, err
}

func need(by access.Actor) error {
	if err := by.Need(access.OutboxRead); err != nil {
		return err
	}
	if !by.Super() {
		return access.SuperOnly()
	}
	return nil
}

// audited logs a reading; what is not logged is not shown.
func (s *Service) audited(ctx context.Context, by access.Actor, read []Message) error {
	ids := make([]uint64, len(read))
	for i, m := range read {
		ids[i] = m.ID
	}
	return s.deps.Audit.Add(ctx, by, audit.Entry{Action: "outbox.read", ObjectKind: "message", Params: audit.Params(map[string]any{"ids": ids})})
}

// Get shows one message, as List does.
func (s *Service) Get(ctx context.Context, by access.Actor, id uint64) (*Message, error) {
	if err := need(by); err != nil {
		return nil, err
	}
	var m Message
	err := s.db.View(ctx, func(r store.Reader) error {
		found, err := s.messages.Get(r, store.K().Uint(id))
		if errors.Is(err, store.ErrNotFound) || err == nil && !found.ExpiresAt.After(r.Now()) {
			return fault.New(fault.NotFound, "message.not_found", "id", "there is no such message, or it has expired")
		}
		if err == nil {
			m, err = s.shown(found)
		}
		return err
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	return &m, s.audited(ctx, by, []Message{m})
}
