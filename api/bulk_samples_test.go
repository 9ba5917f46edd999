package api_test

import (
	"fmt"

	"stoa/app/access"
	"stoa/app/extract"
	"stoa/app/intake"
	"stoa/app/intake/source"
)

// bulkSamples are about background work; {task} and {import} are somebody else's.
func bulkSamples() map[string]sample {
	none := sample{}
	return map[string]sample{
		"v1.tasks.list":       {query: "limit=500"},
		"v1.tasks.get":        none,
		"v1.tasks.cancel":     none,
		"v1.tasks.requeue":    none,
		"v1.tasks.delete":     none,
		"v1.tasks.result":     none,
		"v1.imports.create":   {query: "kind=accounts&name=people.csv"},
		"v1.imports.template": none,
		"v1.imports.get":      none,
		"v1.imports.check":    {json: `{}`},
		"v1.imports.confirm":  {json: `{"skip_errors":true}`},
		"v1.imports.delete":   none,
		"v1.accounts.export":  {json: `{"format":"csv"}`},
	}
}

// background gives a task and an import of by's, which are in organisation 1.
func (h *house) background(by access.Actor, name string) (work, job string) {
	h.t.Helper()
	t, err1 := h.Extract.Begin(h.t.Context(), by, extract.Export{Format: "csv"})
	i, err2 := h.Intake.Upload(h.t.Context(), by, source.Accounts, name+".csv", []byte("name\n"+name+"\n"), intake.Options{})
	if err1 != nil || err2 != nil {
		h.t.Fatal(err1, err2)
	}
	return fmt.Sprint(t.ID), fmt.Sprint(i.ID)
}
