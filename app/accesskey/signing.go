package accesskey

import (
	"context"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/store"
)

// sharing is the name of the pair that is made for links, where there is none.
const sharing = "share links"

// Signing is a pair of a tenant that can sign a link to one of its files: one of
// the caller's own, else any that may be used now. Where there is none, one is made
// for a caller who may make keys; its secret is shown to nobody.
func (s *Service) Signing(ctx context.Context, by access.Actor, tenant uint64) (id string, secret []byte, err error) {
	if err := by.Need(access.BucketRead); err != nil {
		return "", nil, err
	}
	if tenant != by.Tenant && !by.Super() {
		return "", nil, missing()
	}
	rows, err := s.usable(ctx, tenant)
	if err != nil {
		return "", nil, err
	}
	for _, own := range []bool{true, false} {
		for _, k := range rows {
			if (k.Account == by.Account) != own {
				continue
			}
			_, secret, actor, err := s.Find(ctx, k.Access, by.Origin)
			if err == nil && actor.Can(access.BucketRead) {
				return k.Access, secret, nil
			}
			if err != nil && fault.KindOf(err) != fault.Unauthenticated {
				return "", nil, err
			}
		}
	}
	if tenant != by.Tenant || by.Account == 0 || !by.Can(access.KeyWrite) {
		return "", nil, fault.New(fault.Conflict, "key.none", "", "a link is signed with an access key, and there is none that may be used: make one, or ask an administrator to")
	}
	k, made, err := s.Create(ctx, by, sharing)
	if err != nil {
		return "", nil, err
	}
	return k.Access, []byte(made), nil
}

// usable are the pairs of a tenant that are switched on.
func (s *Service) usable(ctx context.Context, tenant uint64) (on []*Key, err error) {
	err = s.db.View(ctx, func(r store.Reader) error {
		rows, _, err := s.ranked.Page(r, store.K().Uint(tenant), 0, MaxKeys, false)
		on = on[:0]
		for _, k := range rows {
			if !k.Off {
				on = append(on, k)
			}
		}
		return err
	})
	return on, fault.Wrap(err)
}
