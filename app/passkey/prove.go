package passkey

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"stoa/app/fault"
	"stoa/store"
)

// StartProve begins a sign-in by whatever key the client has for this origin.
func (s *Service) StartProve(_ context.Context, now time.Time, origin string) (Start, error) {
	party, err := s.party(origin)
	if err != nil {
		return Start{}, err
	}
	options, session, err := party.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return Start{}, fault.Wrap(err)
	}
	out, err := s.begin(now, proving, session, 0, options.Response)
	return out, fault.Wrap(err)
}

// Proof is a key that has just answered, not yet used up.
type Proof struct {
	Account uint64

	key      uint64
	ceremony *ceremony
	after    *webauthn.Credential
}

// Prove checks the answer of a key. It changes nothing: TakeTx belongs into the
// commit of what the proof is for.
func (s *Service) Prove(ctx context.Context, origin string, in Answer) (*Proof, error) {
	party, err := s.party(origin)
	if err != nil {
		return nil, err
	}
	answer, err := parse(in.Credential, protocol.ParseCredentialRequestResponseBytes)
	if err != nil {
		return nil, err
	}
	var p *Proof
	err = s.db.View(ctx, func(r store.Reader) error {
		c, err := s.resume(r.Now(), proving, in.Ceremony)
		if err != nil {
			return err
		}
		if used, err := s.spent.Has(r, store.K().Bytes(c.hash())); err != nil || used {
			return either(err, over())
		}
		k, err := s.byKey.Get(r, store.K().Bytes(answer.RawID))
		if errors.Is(err, store.ErrNotFound) {
			return refused()
		}
		if err != nil {
			return err
		}
		stored, err := s.open(k)
		if err != nil {
			return err
		}
		after, err := s.validate(party, c, k, stored, answer)
		if err != nil {
			return err
		}
		p = &Proof{Account: k.Account, key: k.ID, ceremony: c, after: after}
		return nil
	})
	return p, fault.Wrap(err)
}

// validate holds an answer against the stored key. A counter that falls back is
// the mark of a copied authenticator (section 6.1.1): it is refused.
func (s *Service) validate(party *webauthn.WebAuthn, c *ceremony, k *row, stored webauthn.Credential, answer *protocol.ParsedCredentialAssertionData) (*webauthn.Credential, error) {
	if k.Host != party.Config.RPID {
		return nil, refused()
	}
	handle := s.handle(k.Account)
	find := func(_, claimed []byte) (webauthn.User, error) {
		if !bytes.Equal(claimed, handle) {
			return nil, refused()
		}
		return user{handle: handle, keys: []webauthn.Credential{stored}}, nil
	}
	after, err := party.ValidateDiscoverableLogin(find, c.Session, answer)
	if err != nil {
		return nil, refused()
	}
	if after.Authenticator.CloneWarning {
		return nil, fault.New(fault.Denied, "passkey.copied", "credential", "this passkey seems to have been copied: sign in another way and remove it")
	}
	return after, nil
}

// TakeTx uses a proof up and notes the key's use. The key may have gone since.
func (s *Service) TakeTx(tx *store.Tx, p *Proof) error {
	k, err := s.rows.Get(tx, store.K().Uint(p.key))
	if errors.Is(err, store.ErrNotFound) {
		return refused()
	}
	if err != nil {
		return err
	}
	if err := s.spendTx(tx, p.ceremony); err != nil {
		return err
	}
	k.LastUsed = tx.Now()
	if err := s.sealInto(k, p.after); err != nil {
		return err
	}
	return s.rows.Update(tx, k)
}
