package captcha_test

import (
	"encoding/base64"
	"encoding/json"
	"testing"

	altcha "github.com/altcha-org/altcha-lib-go"

	"stoa/app/apptest"
	"stoa/app/captcha"
)

const (
	name    = "somebody"
	address = "192.0.2.9"
)

func TestPuzzlesGrowWithFailures(t *testing.T) {
	a := apptest.Open(t)
	ctx := t.Context()
	sizes := []int64{}
	for i := range 13 {
		err := a.Captcha.Demand(ctx, name, address, "")
		if free := i < 3; free != (err == nil) {
			t.Errorf("after %d failures: %v", i, err)
		}
		p, err := a.Captcha.Puzzle(ctx, name, address)
		if err != nil {
			t.Fatal(err)
		}
		if len(sizes) == 0 || sizes[len(sizes)-1] != p.MaxNumber {
			sizes = append(sizes, p.MaxNumber)
		}
		if err := a.Captcha.Failed(ctx, name, address); err != nil {
			t.Fatal(err)
		}
	}
	if len(sizes) != 3 || sizes[0] >= sizes[1] || sizes[1] >= sizes[2] {
		t.Errorf("sizes %v", sizes)
	}
	if err := a.Captcha.Demand(ctx, name, "192.0.2.10", ""); err != nil {
		t.Errorf("from another address: %v", err)
	}
}

// An easy puzzle, got under another name, is no proof where a harder one is asked.
func TestAnEasyPuzzleIsNoProofOfAHardOne(t *testing.T) {
	a := apptest.Open(t)
	ctx := t.Context()
	for range 6 {
		if err := a.Captcha.Failed(ctx, name, address); err != nil {
			t.Fatal(err)
		}
	}
	easy, err := a.Captcha.Puzzle(ctx, "nobody", "192.0.2.77")
	if err != nil {
		t.Fatal(err)
	}
	apptest.Want(t, a.Captcha.Demand(ctx, name, address, proof(t, easy)), "captcha.required")
	right, err := a.Captcha.Puzzle(ctx, name, address)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Captcha.Demand(ctx, name, address, proof(t, right)); err != nil {
		t.Error(err)
	}
}

func proof(t *testing.T, p captcha.Puzzle) string {
	t.Helper()
	found, err := altcha.SolveChallenge(p.Challenge, p.Salt, altcha.SHA256, int(p.MaxNumber), 0, nil)
	if err != nil || found == nil {
		t.Fatal("no solution", err)
	}
	out, _ := json.Marshal(altcha.Payload{Algorithm: p.Algorithm, Challenge: p.Challenge, Number: int64(found.Number), Salt: p.Salt, Signature: p.Signature})
	return base64.StdEncoding.EncodeToString(out)
}

func FuzzProof(f *testing.F) {
	a := apptest.Open(f)
	for range 3 {
		if err := a.Captcha.Failed(f.Context(), name, address); err != nil {
			f.Fatal(err)
		}
	}
	f.Add("")
	f.Add(base64.StdEncoding.EncodeToString([]byte(`{"algorithm":"SHA-256","challenge":"","number":1,"salt":"00?size=9&expires=99999999999&","signature":""}`)))
	f.Fuzz(func(t *testing.T, s string) {
		apptest.Want(t, a.Captcha.Demand(t.Context(), name, address, s), "captcha.required")
	})
}
