package passkey

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/store"
)

// StartRegister begins a new key of by's own account, for the origin that the
// console is open at. Whether it is really the owner who asks was checked before.
func (s *Service) StartRegister(ctx context.Context, by access.Actor, origin string) (Start, error) {
	if by.Account == 0 {
		return Start{}, access.SignIn()
	}
	party, err := s.party(origin)
	if err != nil {
		return Start{}, err
	}
	var out Start
	err = s.db.View(ctx, func(r store.Reader) error {
		keys, err := s.all(r, by.Account)
		if err != nil {
			return err
		}
		if len(keys) >= maxKeys {
			return fault.New(fault.TooMany, "passkey.too_many", "", "an account has at most %d passkeys: remove one first", maxKeys)
		}
		u := user{handle: s.handle(by.Account), name: by.Name, display: by.Name}
		exclude := make([]protocol.CredentialDescriptor, len(keys))
		for i, k := range keys {
			exclude[i] = protocol.CredentialDescriptor{Type: protocol.PublicKeyCredentialType, CredentialID: k.Credential}
		}
		options, session, err := party.BeginRegistration(u, webauthn.WithExclusions(exclude),
			webauthn.WithAuthenticatorSelection(protocol.AuthenticatorSelection{
				ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired}))
		if err != nil {
			return err
		}
		out, err = s.begin(r.Now(), registering, session, by.Account, options.Response)
		return err
	})
	return out, fault.Wrap(err)
}

// Answer is what the browser gave for a ceremony.
type Answer struct {
	Ceremony   string          // from Start
	Credential json.RawMessage // PublicKeyCredential.toJSON()
}

// Register keeps a new key of by's own account. proven, when not nil, is told in
// the same commit that by has just shown a second factor.
func (s *Service) Register(ctx context.Context, by access.Actor, origin, name string, in Answer, proven func(*store.Tx) error) (*Key, error) {
	if by.Account == 0 {
		return nil, access.SignIn()
	}
	name, err := nameOf(name)
	if err != nil {
		return nil, err
	}
	party, err := s.party(origin)
	if err != nil {
		return nil, err
	}
	answer, err := parse(in.Credential, protocol.ParseCredentialCreationResponseBytes)
	if err != nil {
		return nil, err
	}
	var out *Key
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		c, err := s.resume(tx.Now(), registering, in.Ceremony)
		if err != nil {
			return err
		}
		if c.Account != by.Account {
			return over()
		}
		made, err := party.CreateCredential(user{handle: s.handle(by.Account), name: by.Name, display: by.Name}, c.Session, answer)
		if err != nil {
			return refused()
		}
		if err := s.spendTx(tx, c); err != nil {
			return err
		}
		if out, err = s.keepTx(tx, by, name, party.Config.RPID, made); err != nil || proven == nil {
			return err
		}
		return proven(tx)
	})
	return out, fault.Wrap(err)
}

func (s *Service) keepTx(tx *store.Tx, by access.Actor, name, host string, made *webauthn.Credential) (*Key, error) {
	if known, err := s.byKey.Has(tx, store.K().Bytes(made.ID)); err != nil || known {
		return nil, either(err, fault.New(fault.Exists, "passkey.exists", "credential", "this passkey is registered already"))
	}
	id, err := s.ids.Next(tx)
	if err != nil {
		return nil, err
	}
	k := &row{Key: Key{ID: id, Account: by.Account, Name: name, Host: host, Synced: made.Flags.BackupEligible, Created: tx.Now()}, Credential: made.ID}
	if err := s.sealInto(k, made); err != nil {
		return nil, err
	}
	if err := s.rows.Insert(tx, k); err != nil {
		return nil, err
	}
	return &k.Key, s.record(tx, by, "passkey.create", &k.Key)
}

func either(err error, f *fault.Fault) error {
	if err != nil {
		return err
	}
	return f
}

func (s *Service) sealInto(k *row, c *webauthn.Credential) error {
	raw, err := json.Marshal(c)
	if err == nil {
		k.Sealed, err = s.Seal.Seal(raw, record(k.ID))
	}
	return err
}

func (s *Service) open(k *row) (webauthn.Credential, error) {
	var c webauthn.Credential
	raw, err := s.Seal.Unseal(k.Sealed, record(k.ID))
	if err == nil {
		err = json.Unmarshal(raw, &c)
	}
	return c, err
}

func (s *Service) record(tx *store.Tx, by access.Actor, action string, k *Key) error {
	return s.Audit.AddTx(tx, by, audit.Entry{Action: action, ObjectKind: "passkey", ObjectID: record(k.ID)[len("passkey/"):], ObjectName: k.Name})
}

// parse reads an authenticator's answer; foreign bytes never say more than that
// they are wrong.
func parse[T any](raw json.RawMessage, read func([]byte) (*T, error)) (*T, error) {
	if len(raw) == 0 {
		return nil, fault.New(fault.Missing, "passkey.credential", "credential", "the browser's answer is missing")
	}
	if len(raw) > maxAnswer {
		return nil, refused()
	}
	answer, err := read(raw)
	if err != nil {
		return nil, refused()
	}
	return answer, nil
}

func nameOf(name string) (string, error) {
	name = strings.TrimSpace(name)
	if name == "" {
		return "", fault.New(fault.Missing, "passkey.name", "name", "a name tells your passkeys apart: \"office laptop\"")
	}
	if !utf8.ValidString(name) || utf8.RuneCountInString(name) > maxName || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' }) {
		return "", fault.New(fault.Invalid, "passkey.name", "name", "a name has at most %d characters, in one line", maxName)
	}
	return name, nil
}

// List shows by's own keys, oldest first.
func (s *Service) List(ctx context.Context, by access.Actor) ([]Key, error) {
	if by.Account == 0 {
		return nil, access.SignIn()
	}
	out := []Key{}
	err := s.db.View(ctx, func(r store.Reader) error {
		keys, err := s.all(r, by.Account)
		out = out[:0]
		for _, k := range keys {
			out = append(out, k.Key)
		}
		return err
	})
	slices.SortFunc(out, func(a, b Key) int { return int(a.ID) - int(b.ID) })
	return out, fault.Wrap(err)
}

// Rename gives one of by's own keys another name.
func (s *Service) Rename(ctx context.Context, by access.Actor, id uint64, name string) (*Key, error) {
	name, err := nameOf(name)
	if err != nil {
		return nil, err
	}
	var k *row
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		if k, err = s.load(tx, by.Account, id); err != nil {
			return err
		}
		k.Name = name
		if err := s.rows.Update(tx, k); err != nil {
			return err
		}
		return s.record(tx, by, "passkey.update", &k.Key)
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	return &k.Key, nil
}

// Remove takes one of by's own keys away.
func (s *Service) Remove(ctx context.Context, by access.Actor, id uint64) error {
	return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error {
		k, err := s.load(tx, by.Account, id)
		if err != nil {
			return err
		}
		if err := s.rows.Delete(tx, store.K().Uint(id)); err != nil {
			return err
		}
		return s.record(tx, by, "passkey.delete", &k.Key)
	}))
}
