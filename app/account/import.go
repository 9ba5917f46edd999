package account

import (
	"context"

	"stoa/app/access"
	"stoa/app/admission"
	"stoa/app/fault"
	"stoa/app/password"
	"stoa/store"
)

// Imported is an account that comes from another system.
type Imported struct {
	New
	ID uint64 // to be kept; 0 = the next one
}

// maxGivenID is the highest id that an import may bring: clients in JavaScript read
// it exactly, and there is room above it.
const maxGivenID = 1 << 52

func badHash(err error) error {
	return invalid("account.password_hash", "password_hash", "the hash can't be used: %v", err)
}

// Adopt is what is to be kept of a password's hash that another system made: see
// package password. It takes time.
func (s *Service) Adopt(ctx context.Context, hash string) (string, error) {
	if err := password.Importable(hash); err != nil {
		return "", badHash(err)
	}
	kept, err := s.Hasher.Adopt(ctx, hash)
	return kept, fault.Wrap(err)
}

// HashImported hashes a password that comes as text. It is the one that its owner
// has used so far, so the policy for new ones does not judge it.
func (s *Service) HashImported(ctx context.Context, text string) (string, error) {
	if len(text) > admission.MaxTyped {
		return "", invalid("account.password", "password", "the password is longer than %d bytes", admission.MaxTyped)
	}
	kept, err := s.Hasher.Hash(ctx, text)
	return kept, fault.Wrap(err)
}

// DraftImport checks an imported account without writing it, and gives it in its
// stored form: what ImportTx would refuse but for what another row of the same
// import may have taken. A hash in it counts as adopted already.
func (s *Service) DraftImport(r store.Reader, by access.Actor, in Imported) (*Account, error) {
	row, err := s.draftImport(by, in)
	if err != nil {
		return nil, err
	}
	if err := s.mayImport(r, by, row); err != nil {
		return nil, err
	}
	if err := s.place(r, &row.Account); err != nil {
		return nil, err
	}
	if in.ID != 0 {
		if _, err := s.rows.Get(r, in.ID); err == nil {
			return nil, idTaken(in.ID)
		}
	}
	return &row.Account, s.rows.Free(r, &row.Account, taken)
}

func idTaken(id uint64) error {
	return fault.New(fault.Exists, "account.id_taken", "id", "the id %d belongs to another account", id)
}

// draftImport is draft with what an import may bring more.
func (s *Service) draftImport(by access.Actor, in Imported) (*row, error) {
	if err := by.Need(access.AccountImport); err != nil {
		return nil, err
	}
	if in.ID != 0 && !by.Super() {
		return nil, fault.New(fault.Denied, "account.given_id", "id", "only super administrators bring ids: leave the column out")
	}
	if in.ID > maxGivenID {
		return nil, invalid("account.given_id", "id", "an id may not be above %d: leave the column out", uint64(maxGivenID))
	}
	hash := in.PasswordHash
	in.PasswordHash = ""
	row, err := s.draft(by, in.New)
	if err != nil {
		return nil, err
	}
	if hash != "" {
		if err := password.Storable(hash); err != nil {
			return nil, badHash(err)
		}
	}
	row.Password, row.MustChange = hash, false
	return row, nil
}

// mayImport refuses a place or a role that by may not give, as for any account that
// somebody makes for another.
func (s *Service) mayImport(r store.Reader, by access.Actor, row *row) error {
	if err := s.settle(r, by, &row.Account); err != nil {
		return err
	}
	return s.Role.CheckAssignTx(r, by, &row.Account, row.Roles)
}

// ImportTx makes an account that comes from another system: with the id that it
// had there, if it brings one, and the password's hash, which somebody has adopted.
// Without a hash nobody can sign in with a password until one is set. Nobody is
// made to choose a new password.
func (s *Service) ImportTx(tx *store.Tx, by access.Actor, in Imported) (*Account, error) {
	row, err := s.draftImport(by, in)
	if err != nil {
		return nil, err
	}
	if err := s.mayImport(tx, by, row); err != nil {
		return nil, fault.Wrap(err)
	}
	row.ID = in.ID
	if err := s.insertTx(tx, by, row, "account.import"); err != nil {
		return nil, fault.Wrap(err)
	}
	return &row.Account, nil
}
