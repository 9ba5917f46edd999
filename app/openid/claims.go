package openid

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"stoa/app/account"
	"stoa/app/application"
	"stoa/app/fault"
	"stoa/store"
)

// How sure a sign-in was, in the claim "acr": by the levels of NIST SP 800-63B.
const (
	ACROne = "aal1"
	ACRTwo = "aal2" // with a second factor
)

// about is what an id token is made of.
type about struct {
	client   string
	account  *account.Account
	scopes   []string
	access   string
	nonce    string
	authTime time.Time
	methods  []string
}

// idToken signs who somebody is (OpenID Connect Core, 2).
func (s *Service) idToken(ctx context.Context, a about) (string, error) {
	signer, err := s.signing(ctx)
	if err != nil {
		return "", err
	}
	now := s.db.Clock()
	half := sha256.Sum256([]byte(a.access))
	claims := s.claims(a.account, a.scopes)
	maps.Copy(claims, map[string]any{"iss": s.Issuer, "aud": a.client, "iat": now.Unix(), "exp": now.Add(idTokenLife).Unix(),
		"at_hash": base64.RawURLEncoding.EncodeToString(half[:len(half)/2])})
	if a.nonce != "" {
		claims["nonce"] = a.nonce
	}
	if !a.authTime.IsZero() {
		claims["auth_time"] = a.authTime.Unix()
	}
	if len(a.methods) > 0 {
		claims["amr"], claims["acr"] = a.methods, ACROne
		if slices.Contains(a.methods, "mfa") {
			claims["acr"] = ACRTwo
		}
	}
	sign, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: signer.private, KeyID: signer.id}},
		(&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return "", fault.Wrap(err)
	}
	token, err := jwt.Signed(sign).Claims(claims).Serialize()
	return token, fault.Wrap(err)
}

// claims is what scopes tell of an account (OpenID Connect Core, 5.4). "roles"
// and "tenant" are ours.
func (s *Service) claims(a *account.Account, scopes []string) map[string]any {
	out := map[string]any{"sub": subject(a.ID)}
	for _, scope := range scopes {
		switch scope {
		case application.ScopeProfile:
			out["name"], out["preferred_username"], out["updated_at"] = a.Name, a.Name, a.Modified.Unix()
			if a.Nickname != "" {
				out["name"], out["nickname"] = a.Nickname, a.Nickname
			}
			if strings.HasPrefix(a.Avatar, "/") {
				out["picture"] = s.Issuer + a.Avatar
			} else if a.Avatar != "" {
				out["picture"] = a.Avatar
			}
		case application.ScopeEmail:
			if a.Email != "" {
				out["email"], out["email_verified"] = a.Email, a.EmailConfirmed
			}
		case application.ScopePhone:
			if a.Phone != "" {
				out["phone_number"], out["phone_number_verified"] = a.Phone, a.PhoneConfirmed
			}
		case application.ScopeRoles:
			out["roles"], out["tenant"] = s.Codes(a.Roles), a.Tenant
		}
	}
	return out
}

// UserInfo is what an access token's scopes tell of its person (OpenID Connect
// Core, 5.3).
func (s *Service) UserInfo(ctx context.Context, token string) (map[string]any, error) {
	var out map[string]any
	err := s.db.View(ctx, func(r store.Reader) error {
		t, err := s.Session.Inspect(r, token)
		if err != nil {
			return err
		}
		if t.Account == nil || t.Refresh {
			return store.ErrNotFound
		}
		if !slices.Contains(t.Scopes, application.ScopeOpenID) {
			return fails(fault.Denied, "insufficient_scope", "", "the token has no scope openid")
		}
		out = s.claims(t.Account, t.Scopes)
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, fails(fault.Unauthenticated, "invalid_token", "", "the access token is missing, unknown or has ended")
	}
	return out, fault.Wrap(err)
}

// hinted is the claims of one of our id tokens, whether it has ended or not. Only
// our own keys and algorithm count, whatever its header says.
func (s *Service) hinted(token string) (*jwt.Claims, error) {
	if len(token) > maxKept {
		return nil, errors.New("too long")
	}
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil || len(parsed.Headers) != 1 {
		return nil, errors.New("no token")
	}
	var found *key
	err = s.db.View(context.Background(), func(r store.Reader) (err error) {
		found, err = s.keys.Get(r, store.K().Str(parsed.Headers[0].KeyID))
		return err
	})
	if err != nil {
		return nil, err
	}
	public, err := x509.ParsePKIXPublicKey(found.Public)
	if err != nil {
		return nil, err
	}
	claims := &jwt.Claims{}
	if err := parsed.Claims(public, claims); err != nil {
		return nil, err
	}
	if claims.Issuer != s.Issuer || claims.Subject == "" {
		return nil, errors.New("another issuer's")
	}
	return claims, nil
}
