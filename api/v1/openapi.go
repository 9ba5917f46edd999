package v1

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/swaggest/jsonschema-go"
	"github.com/swaggest/openapi-go"
	"github.com/swaggest/openapi-go/openapi31"

	"stoa/api/v1/rest"
	"stoa/api/wire"
	"stoa/app/fault"
)

// documented are routes with one more, which gives the OpenAPI document of them
// all. It is made when it is first asked for.
func documented(routes []wire.Route) []wire.Route {
	var all []wire.Route
	document := sync.OnceValues(func() ([]byte, error) { return Document(all) })
	all = append(routes, wire.Route{Method: "GET", Path: "/openapi.json", Name: "v1.openapi", Public: true, Out: map[string]any{},
		Tag: "system", Summary: "This document", Handle: func(*wire.Call) (any, error) {
			text, err := document()
			if err != nil {
				return nil, fault.Wrap(err)
			}
			return wire.Bytes(http.StatusOK, "application/json", text).With("Cache-Control", "no-cache"), nil
		}})
	return all
}

const about = "One account for every documented API. Errors are RFC 9457 problems. A list takes limit, page or cursor, and " +
	"answers items, total (total_capped: there are more) and next. PATCH takes If-Match with the ETag of the last reading. " +
	"POST that makes something takes Idempotency-Key. Ids are below 2^53; times are RFC 3339 in UTC."

// Document is the OpenAPI 3.1 document of routes: indented JSON, the same bytes
// for the same routes.
func Document(routes []wire.Route) ([]byte, error) {
	r := openapi31.NewReflector()
	r.DefaultOptions = append(r.DefaultOptions, jsonschema.InterceptDefName(schemaName), jsonschema.InterceptProp(property))
	spec := r.SpecEns()
	spec.Info.WithTitle("stoa").WithVersion("1").WithDescription(about)
	spec.SetHTTPBearerTokenSecurity("bearer", "", "session token, application token or personal access token")
	spec.SetAPIKeySecurity("cookie", wire.CookiePlain, openapi.InCookie, "the console's cookie over plain HTTP")
	spec.SetAPIKeySecurity("cookieTLS", wire.CookieSecure, openapi.InCookie, "the console's cookie over TLS")
	for _, route := range routes {
		if err := describe(r, route); err != nil {
			return nil, fmt.Errorf("openapi: %s: %w", route.Name, err)
		}
	}
	raw, err := spec.MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("openapi: %w", err)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, raw, "", " "); err != nil {
		return nil, fmt.Errorf("openapi: %w", err)
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

// schemaName is the name of a type's schema: Account for view.Account, AccountPage
// for rest.Page[view.Account].
func schemaName(t reflect.Type, fallback string) string {
	name := t.Name()
	outer, inner, generic := strings.Cut(name, "[")
	switch {
	case name == "":
		return fallback
	case !generic:
		return name
	}
	inner = strings.TrimSuffix(inner, "]")
	return inner[strings.LastIndexByte(inner, '.')+1:] + outer
}

// property holds the schemas to the rule of package view: without omitempty
// required, and never null.
func property(p jsonschema.InterceptPropParams) error {
	if !p.Processed {
		return nil
	}
	p.PropertySchema.RemoveType(jsonschema.Null)
	tag, isJSON := p.Field.Tag.Lookup("json")
	if !isJSON || strings.Contains(tag, ",omit") || slices.Contains(p.ParentSchema.Required, p.Name) {
		return nil
	}
	p.ParentSchema.Required = append(p.ParentSchema.Required, p.Name)
	return nil
}

// Parameters that routes have beside their own query.
type (
	pathID struct {
		ID uint64 `path:"id" minimum:"1"`
	}
	ifMatchParam struct {
		IfMatch string `header:"If-Match" description:"ETag of the last reading; a change by somebody else since is refused with 412"`
	}
	onceParam struct {
		Key string `header:"Idempotency-Key" maxLength:"255" description:"the same key with the same request gets the same answer for 24 hours"`
	}
)

func describe(r *openapi31.Reflector, route wire.Route) error {
	oc, err := r.NewOperationContext(route.Method, route.Path)
	if err != nil {
		return err
	}
	oc.SetID(operationID(route.Name))
	oc.SetSummary(route.Summary)
	oc.SetTags(route.Tag)
	if !route.Public {
		for _, scheme := range []string{"bearer", "cookie", "cookieTLS"} {
			oc.AddSecurity(scheme)
		}
	}
	for _, parameters := range parametersOf(route) {
		oc.AddReqStructure(parameters)
	}
	if route.In != nil {
		oc.AddReqStructure(route.In, openapi.WithContentType("application/json"), openapi.WithCustomize(bodyRequired))
	}
	answers(oc, route)
	for _, status := range refusals(route) {
		oc.AddRespStructure(Problem{}, openapi.WithHTTPStatus(status), openapi.WithContentType("application/problem+json"))
	}
	oc.AddRespStructure(Problem{}, openapi.WithContentType("application/problem+json"), func(cu *openapi.ContentUnit) {
		cu.IsDefault, cu.Description = true, "any other failure"
	})
	return r.AddOperation(oc)
}

func bodyRequired(cor openapi.ContentOrReference) {
	if body, ok := cor.(*openapi31.RequestBodyOrReference); ok {
		body.RequestBodyEns().WithRequired(true)
	}
}

// operationID is a route's name without the API's: "accounts.list".
func operationID(name string) string { return strings.TrimPrefix(name, Name+".") }

func parametersOf(route wire.Route) []any {
	var all []any
	if strings.Contains(route.Path, "{id}") && !namesPath(route.Params) {
		all = append(all, pathID{})
	}
	for _, own := range []any{route.Params, route.Query} {
		if own != nil {
			all = append(all, own)
		}
	}
	switch {
	case route.Method == http.MethodPatch:
		all = append(all, ifMatchParam{})
	case repeatable(route):
		all = append(all, onceParam{})
	}
	return all
}

// namesPath reports whether a route's own parameters say what its path's are.
func namesPath(params any) bool {
	if params == nil {
		return false
	}
	t := reflect.TypeOf(params)
	for i := range t.NumField() {
		if _, inPath := t.Field(i).Tag.Lookup("path"); inPath {
			return true
		}
	}
	return false
}

// repeatable reports whether a route makes something and takes Idempotency-Key.
func repeatable(route wire.Route) bool {
	return route.Method == http.MethodPost && route.Status == http.StatusCreated && !route.Public && route.In != nil
}

func answers(oc openapi.OperationContext, route wire.Route) {
	status := route.Status
	if status == 0 {
		status = http.StatusOK
	}
	switch route.Out.(type) {
	case nil:
		oc.AddRespStructure(nil, openapi.WithHTTPStatus(status))
	case wire.Stream:
		oc.AddRespStructure(nil, openapi.WithHTTPStatus(status), openapi.WithContentType("text/event-stream"))
	default:
		oc.AddRespStructure(route.Out, openapi.WithHTTPStatus(status), openapi.WithContentType("application/json"))
	}
	if route.Out != nil && strings.HasPrefix(reflect.TypeOf(route.Out).Name(), "Page[") {
		oc.SetDescription(rest.Exportable)
	}
}

// refusals are the statuses that a route's callers should be ready for.
func refusals(route wire.Route) []int {
	var all []int
	if route.In != nil || route.Query != nil {
		all = append(all, http.StatusBadRequest, http.StatusUnprocessableEntity)
	}
	if !route.Public {
		all = append(all, http.StatusUnauthorized, http.StatusForbidden)
	}
	if strings.Contains(route.Path, "{") {
		all = append(all, http.StatusNotFound)
	}
	if route.In != nil && route.Method != http.MethodGet {
		all = append(all, http.StatusConflict)
	}
	if route.Method == http.MethodPatch {
		all = append(all, http.StatusPreconditionFailed)
	}
	return all
}
