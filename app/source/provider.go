package source

import (
	"context"
	"net/url"

	"stoa/app/fault"
	"stoa/app/source/claim"
	"stoa/app/source/dingtalk"
	"stoa/app/source/openid"
	"stoa/app/source/wecom"
)

// Provider is a source that people are sent to.
type Provider interface {
	// URL is where the browser is sent.
	URL(ctx context.Context, t claim.Trip) (string, error)
	// Identify reads what the browser brought back.
	Identify(ctx context.Context, t claim.Trip, answer url.Values) (*claim.Identity, error)
	// Probe says what the source is found to be.
	Probe(ctx context.Context) (string, error)
}

// known is a provider with the version of the source that it was made of.
type known struct {
	version uint64
	Provider
}

// Provider gives a source's, which keeps keys and tokens between sign-ins.
func (s *Service) Provider(x *Source) (Provider, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k := s.providers[x.ID]; k != nil && k.version == x.Version {
		return k.Provider, nil
	}
	secret, err := s.Secret(x)
	if err != nil {
		return nil, fault.Wrap(err)
	}
	p := x.provider(secret, s)
	if p == nil {
		return nil, fault.New(fault.Invalid, "source.kind", "id", "people sign in to a directory by the form, not by a page of its own")
	}
	s.providers[x.ID] = &known{x.Version, p}
	return p, nil
}

func (x *Source) provider(secret string, s *Service) Provider {
	switch x.Kind {
	case OpenID:
		return openid.New(*x.OpenID, secret, s.db.Clock)
	case WeCom:
		return wecom.New(*x.WeCom, secret, s.db.Clock)
	case DingTalk:
		return dingtalk.New(*x.DingTalk, secret)
	}
	return nil
}

func (s *Service) forgetProvider(id uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.providers, id)
}
