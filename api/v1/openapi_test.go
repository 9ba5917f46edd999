package v1_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"

	v1 "stoa/api/v1"
	"stoa/app/apptest"
	"stoa/app/fault"
)

var update = flag.Bool("update", false, "write ui/openapi.json anew")

const documentFile = "../../ui/openapi.json"

// The console's types are made from this file: it must be what the server says.
func TestDocumentFileIsCurrent(t *testing.T) {
	routes := v1.New(apptest.Open(t).App, v1.Options{}).Routes
	text, err := v1.Document(routes)
	if err != nil {
		t.Fatal(err)
	}
	again, _ := v1.Document(routes)
	if !bytes.Equal(text, again) {
		t.Error("the document is not the same twice")
	}
	if *update {
		if err := os.WriteFile(documentFile, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(documentFile)
	if err != nil || !bytes.Equal(have, text) {
		t.Errorf("ui/openapi.json is out of date (%v): run go test ./api/v1 -run TestDocumentFile -update", err)
	}
}

// Nothing is null, and what has no omitempty is required: generated types are exact.
func TestDocumentIsExact(t *testing.T) {
	w := open(t)
	var doc struct {
		OpenAPI    string
		Components struct {
			Schemas map[string]struct {
				Properties map[string]struct{ Type any }
				Required   []string
			}
		}
		Paths map[string]map[string]struct {
			Responses map[string]json.RawMessage
			Security  []map[string][]string
		}
	}
	if err := json.Unmarshal(w.want(200, "", "GET", "/openapi.json", nil).body, &doc); err != nil {
		t.Fatal(err)
	}
	if doc.OpenAPI[:3] != "3.1" {
		t.Errorf("version %s", doc.OpenAPI)
	}
	for name, schema := range doc.Components.Schemas {
		for property, s := range schema.Properties {
			if _, several := s.Type.([]any); several {
				t.Errorf("%s.%s may have several types: %v", name, property, s.Type)
			}
		}
	}
	account := doc.Components.Schemas["Account"]
	if len(account.Required) != len(account.Properties)-1 || account.Properties["last_seen_at"].Type == nil {
		t.Errorf("of an account's %d properties %d are required; last_seen_at alone is optional", len(account.Properties), len(account.Required))
	}
	for _, r := range w.routes {
		operation, ok := doc.Paths[r.Path][map[string]string{"GET": "get", "POST": "post", "PUT": "put", "PATCH": "patch", "DELETE": "delete"}[r.Method]]
		switch {
		case !ok:
			t.Errorf("%s %s is not in the document", r.Method, r.Path)
		case r.Public != (len(operation.Security) == 0):
			t.Errorf("%s %s: public %v, but security %v", r.Method, r.Path, r.Public, operation.Security)
		case operation.Responses["default"] == nil:
			t.Errorf("%s %s documents no failure", r.Method, r.Path)
		}
	}
}

func TestEveryKindHasAStatus(t *testing.T) {
	for _, kind := range fault.Kinds() {
		status := v1.Status(kind)
		if status < 400 || status == 500 && kind != fault.Internal {
			t.Errorf("%s answers %d", kind, status)
		}
	}
}
