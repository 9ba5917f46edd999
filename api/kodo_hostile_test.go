package api_test

import (
	"testing"
)

// A token for a prefix is given to people who share it: nobody replaces what another
// has put (Kodo's manual: with isPrefixalScope 1 nothing is overwritten).
func TestPrefixTokenReplacesNothing(t *testing.T) {
	k := newCell(t)
	token := field{name: "token", value: k.token(map[string]any{"scope": "photos:shared/", "isPrefixalScope": 1})}
	key, name := field{name: "key", value: "shared/a"}, "f.bin"
	k.want(k.upload(token, key, field{name: "file", value: "the first", file: name}), 200)
	k.want(k.upload(token, key, field{name: "file", value: "the first", file: name}), 200) // the same again
	k.want(k.upload(token, key, field{name: "file", value: "another's", file: name}), 614)
	if _, body := k.get("/photos/shared/a"); body != "the first" {
		t.Errorf("the file is %q now", body)
	}
	k.want(k.upload(token, field{name: "key", value: "elsewhere/a"}, field{name: "file", value: "x", file: name}), 403)
}
