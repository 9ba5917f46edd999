package trip_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// peer is an OpenID Connect provider with one person, written from the standard:
// discovery, authorization code with PKCE, keys, userinfo.
type peer struct {
	*httptest.Server
	t      *testing.T
	key    *ecdsa.PrivateKey
	now    func() time.Time
	mu     sync.Mutex
	codes  map[string]url.Values
	claims map[string]any // of the id token, over the usual ones
	info   map[string]any
	signer *ecdsa.PrivateKey // nil = key
}

func newPeer(t *testing.T, now func() time.Time) *peer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &peer{t: t, key: key, now: now, codes: map[string]url.Values{}, claims: map[string]any{}, info: map[string]any{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token",
			"jwks_uri": p.URL + "/keys", "userinfo_endpoint": p.URL + "/userinfo", "id_token_signing_alg_values_supported": []string{"ES256"},
			"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"}})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "k1", Algorithm: "ES256", Use: "sig"}}})
	})
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("GET /userinfo", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer access-1" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		info := map[string]any{"sub": "person-1"}
		for name, value := range p.info {
			info[name] = value
		}
		answer(w, info)
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

// visit is the browser at the provider: it looks at the address that it was sent
// to and gives the answer that it brings back.
func (p *peer) visit(at string) url.Values {
	p.t.Helper()
	u, err := url.Parse(at)
	if err != nil || !strings.HasPrefix(at, p.URL+"/authorize?") {
		p.t.Fatalf("the browser is sent to %s, %v", at, err)
	}
	q := u.Query()
	if q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" || q.Get("nonce") == "" || q.Get("client_id") != "stoa" ||
		!strings.Contains(q.Get("scope"), "openid") {
		p.t.Fatalf("the request is not what the standard wants: %v", q)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	code := rand.Text()
	p.codes[code] = q
	return url.Values{"code": {code}, "state": {q.Get("state")}, "iss": {p.URL}}
}

func (p *peer) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	id, secret, ok := r.BasicAuth()
	if !ok {
		id, secret = r.FormValue("client_id"), r.FormValue("client_secret")
	}
	q := p.codes[r.FormValue("code")]
	delete(p.codes, r.FormValue("code"))
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	if q == nil || id != "stoa" || secret != "invented" || r.FormValue("redirect_uri") != q.Get("redirect_uri") ||
		base64.RawURLEncoding.EncodeToString(sum[:]) != q.Get("code_challenge") {
		w.WriteHeader(http.StatusBadRequest)
		answer(w, map[string]string{"error": "invalid_grant"})
		return
	}
	claims := map[string]any{"iss": p.URL, "sub": "person-1", "aud": "stoa", "iat": p.now().Unix(), "exp": p.now().Add(5 * time.Minute).Unix(),
		"nonce": q.Get("nonce"), "preferred_username": "jane", "name": "Jane Heron", "email": "jane@example.com", "email_verified": true}
	for name, value := range p.claims {
		claims[name] = value
	}
	answer(w, map[string]any{"access_token": "access-1", "token_type": "Bearer", "expires_in": 300, "id_token": p.sign(claims)})
}

func (p *peer) sign(claims map[string]any) string {
	key := p.key
	if p.signer != nil {
		key = p.signer
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", "k1"))
	if err != nil {
		p.t.Error(err)
		return ""
	}
	raw, err := json.Marshal(claims)
	if err != nil {
		p.t.Error(err)
		return ""
	}
	signed, err := signer.Sign(raw)
	if err != nil {
		p.t.Error(err)
		return ""
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		p.t.Error(err)
	}
	return text
}

// company is WeCom and DingTalk, as far as signing in goes, written from their
// documents.
func company(t *testing.T) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	tokens := 0
	mux.HandleFunc("GET /cgi-bin/gettoken", func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("corpid") != "ww1" || r.FormValue("corpsecret") != "invented" {
			answer(w, map[string]any{"errcode": 40001, "errmsg": "invalid credential"})
			return
		}
		tokens++
		answer(w, map[string]any{"errcode": 0, "errmsg": "ok", "access_token": "t" + string(rune('0'+tokens)), "expires_in": 7200})
	})
	known := func(w http.ResponseWriter, r *http.Request) bool {
		if r.FormValue("access_token") == "t2" {
			return true
		}
		answer(w, map[string]any{"errcode": 42001, "errmsg": "access_token expired"}) // the first token is never good
		return false
	}
	mux.HandleFunc("GET /cgi-bin/auth/getuserinfo", func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !known(w, r):
		case r.FormValue("code") == "member":
			answer(w, map[string]any{"errcode": 0, "errmsg": "ok", "userid": "ZhangSan", "user_ticket": "x"})
		case r.FormValue("code") == "guest":
			answer(w, map[string]any{"errcode": 0, "errmsg": "ok", "openid": "o1"})
		default:
			answer(w, map[string]any{"errcode": 40029, "errmsg": "invalid code"})
		}
	})
	mux.HandleFunc("GET /cgi-bin/user/get", func(w http.ResponseWriter, r *http.Request) {
		if known(w, r) {
			answer(w, map[string]any{"errcode": 0, "errmsg": "ok", "userid": r.FormValue("userid"), "name": "Jane Heron", "department": []int{1, 2},
				"mobile": "13800000000", "biz_mail": "jane@example.com", "status": 1})
		}
	})
	mux.HandleFunc("POST /v1.0/oauth2/userAccessToken", func(w http.ResponseWriter, r *http.Request) {
		var in map[string]string
		_ = json.NewDecoder(r.Body).Decode(&in)
		if in["clientId"] != "ding1" || in["clientSecret"] != "invented" || in["grantType"] != "authorization_code" || in["code"] != "member" {
			w.WriteHeader(http.StatusBadRequest)
			answer(w, map[string]string{"code": "invalidParameter.authCode.notFound", "message": "not found", "requestid": "r"})
			return
		}
		answer(w, map[string]any{"accessToken": "d1", "refreshToken": "r1", "expireIn": 7200, "corpId": "corp1"})
	})
	mux.HandleFunc("GET /v1.0/contact/users/me", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("x-acs-dingtalk-access-token") != "d1" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		answer(w, map[string]string{"nick": "Jane", "unionId": "u1", "openId": "o1", "mobile": "13800000000", "stateCode": "86"})
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}
