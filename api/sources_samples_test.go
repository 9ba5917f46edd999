package api_test

import (
	"context"

	"stoa/app/apptest"
	"stoa/app/link"
	"stoa/app/source"
	"stoa/app/source/wecom"
)

// sourceSamples are about signing in from elsewhere and links to elsewhere.
func sourceSamples() map[string]sample {
	none := sample{}
	const at = `{"tenant":1,"kind":"wecom","name":"{new}","secret":"invented","wecom":{"corp_id":"ww1","agent_id":"1","api":"http://127.0.0.1:9","private":true}}`
	const to = `{"name_zh":"{new}","url":"https://example.com/"}`
	return map[string]sample{
		"v1.sources.list":     {query: "limit=500"},
		"v1.sources.create":   {json: at},
		"v1.sources.get":      none,
		"v1.sources.update":   {json: at},
		"v1.sources.delete":   none,
		"v1.sources.try":      {json: `{"source":` + at + `}`},
		"v1.sources.test":     {json: `{}`},
		"v1.sources.sync":     {query: "dry_run=true"},
		"v1.sources.public":   none,
		"v1.sources.start":    none,
		"v1.sources.callback": {query: "state=invented&code=invented"},
		"v1.sources.finish":   {json: `{"ticket":"invented"}`},
		"v1.me.links":         none,
		"v1.me.link":          {json: `{"ticket":"invented"}`},
		"v1.me.unlink":        none,
		"v1.links.mine":       none,
		"v1.links.list":       {query: "limit=500"},
		"v1.links.create":     {json: to},
		"v1.links.get":        none,
		"v1.links.update":     {json: to},
		"v1.links.delete":     none,
	}
}

// leading makes a source and a link of organisation 1, for one call.
func leading(ctx context.Context, a *apptest.App, name string) (*source.Source, *link.Link, error) {
	secret := "invented"
	x, err := a.Source.Create(ctx, a.Super, source.New{Tenant: 1, Kind: source.WeCom, Name: name, Secret: &secret,
		WeCom: &wecom.Settings{CorpID: "ww1", AgentID: "1", API: "http://127.0.0.1:9", Private: true}})
	if err != nil {
		return nil, nil, err
	}
	l, err := a.Link.Create(ctx, a.Super, link.New{Tenant: 1, NameEN: name, URL: "https://example.com/", Roles: []uint64{9}})
	return x, l, err
}
