package jsontext

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
)

// bodies that are no valid JSON, or just are.
var bodies = []string{
	"", " ", "{", "}", "[", "]", "{}", "[]", "null", "nul", "tru", "true", "False", `"`, `"a`, `"a"`, `"\`, `"\x"`, `"\u12"`,
	`"\u123"`, `"\u1234"`, `"\uD834\uDD1E"`, `"\uD834\uDX1E"`, `"\uD834\u12"`, `"\uzzzz" `, `"\u12g4" `, `"a` + "\n" + `b"`, `"\"`, `"\""`,
	"{a:1}", "{'a':1}", `{"a"}`, `{"a" 1}`, `{"a":}`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `{"a":1 "b":2}`, `{"a":1]`, `{"a":tru}`,
	"[1", "[1,", "[1,]", "[1 2]", "[,1]", "[1}", "1 2", "{} {}", "01", "-", "-1", "--1", "+1", "1.", "1.5", "1.e3", ".5", "1e", "1e+", "1e5", "1E-5x",
	"{\n  \"a\": 1,\n  \"b\": \n}", "{\n\"名字\": \"汴水\",\n\"x\": 算}", "[\"算力互联\", \n\n  oops]", "\t\r\n {\"a\" :1 , \"b\":[1,2,{\"c\":\"d\"}] }x",
	"\ufeff{}", "{\"a\":1,\n\"b\":\"\t\"}", "// comment\n{}", `{"a":1/*x*/}`, `{"a":"b" "c":"d"}`, `{"a":"b",,"c":"d"}`, "\u00a0{}", "𝄞", `["𝄞" 𝄞]`,
}

// The words and positions are those of Python's json.decoder, which clients of
// the channel API know; where the machine has Python, it is asked.
func TestErrorsAgreeWithPython(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed: the table of known messages alone is tested")
	}
	in, err := json.Marshal(bodies)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "-c", `
import json, sys
out = []
for b in json.load(sys.stdin):
    try:
        json.loads(b)
        out.append("")
    except json.JSONDecodeError as e:
        out.append(str(e))
print(json.dumps(out))`)
	cmd.Stdin = bytes.NewReader(in)
	raw, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	for i, b := range bodies {
		if strings.HasPrefix(want[i], "Illegal trailing comma") {
			continue // Python 3.13 and later; the documented service is older
		}
		if got := syntaxText(b); got != want[i] {
			t.Errorf("%q: %q, Python says %q", b, got, want[i])
		}
	}
}

func syntaxText(body string) string {
	if e := Check([]byte(body), MaxDepth); e != nil {
		return e.Error()
	}
	return ""
}

func TestKnownMessages(t *testing.T) {
	for body, want := range map[string]string{
		"":                         "Expecting value: line 1 column 1 (char 0)",
		"{a:1}":                    "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
		"{\n\"汴水\" 1}":             "Expecting ':' delimiter: line 2 column 6 (char 7)",
		`{"a":1 "b":2}`:            "Expecting ',' delimiter: line 1 column 8 (char 7)",
		"{} x":                     "Extra data: line 1 column 4 (char 3)",
		`{"a":"b`:                  "Unterminated string starting at: line 1 column 6 (char 5)",
		"{\"a\":\"\x01\"}":         "Invalid control character at: line 1 column 7 (char 6)",
		`["\q"]`:                   `Invalid \escape: line 1 column 3 (char 2)`,
		"\"\xff\"":                 "Invalid UTF-8: line 1 column 2 (char 1)",
		`{"a":1,"b":2,"\u0061":3}`: "Duplicate property name: line 1 column 14 (char 13)",
		strings.Repeat("[", 65):    "Nested too deeply: line 1 column 65 (char 64)",
	} {
		if got := syntaxText(body); got != want {
			t.Errorf("%q: %q, want %q", body, got, want)
		}
	}
}

func TestDuplicateNamesInBigObjects(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"n0":0`)
	for i := range 1000 {
		b.WriteString(`,"x` + strings.Repeat("y", i) + `":1`)
	}
	if got := syntaxText(b.String() + `}`); got != "" {
		t.Errorf("unique names: %q", got)
	}
	if got := syntaxText(b.String() + `,"n0":1}`); !strings.HasPrefix(got, "Duplicate property name") {
		t.Errorf("duplicate name: %q", got)
	}
}

// The check never panics, points into the body, and never lets through what
// encoding/json can't read.
func FuzzCheck(f *testing.F) {
	for _, b := range bodies {
		f.Add([]byte(b))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		e := Check(body, MaxDepth)
		if e == nil {
			if !json.Valid(body) {
				t.Fatalf("%q passes", body)
			}
			return
		}
		if e.Char < 0 || e.Char > len(body) || e.Line < 1 || e.Line > bytes.Count(body, []byte("\n"))+1 || e.Col < 1 || e.Col > len(body)+1 {
			t.Fatalf("%q: %v", body, e)
		}
	})
}
