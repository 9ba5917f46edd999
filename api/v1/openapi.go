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

	"stoa/api/wire"
	"stoa/api/wire/sheet"
	"stoa/app/fault"
)

// document is the OpenAPI document, made when it is first asked for.
type document struct {
	once sync.Once
	body []byte
	err  error
}

func (d *door) documentRoutes() []wire.Route {
	return []wire.Route{{Method: "GET", Path: "/openapi.json", Name: "v1.openapi", Handle: d.openapi, Public: true,
		Tag: "system", Summary: "This document"}}
}

func (d *door) openapi(*wire.Call) (any, error) {
	d.docs.once.Do(func() { d.docs.body, d.docs.err = Document(d.routes()) })
	if d.docs.err != nil {
		return nil, fault.Wrap(d.docs.err)
	}
	return wire.Bytes(http.StatusOK, "application/json", d.docs.body).With("Cache-Control", "no-cache"), nil
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

// schemaName is the name of a type's schema: Account for v1.Account, AccountPage
// for v1.Page[v1.Account].
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

// property holds the schemas to the rule of this package: without omitempty
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
	pathTag struct {
		Tag string `path:"tag" minLength:"1" maxLength:"128"`
	}
	pathEntry struct {
		ID string `path:"id" pattern:"^[0-9a-f]{16}$"`
	}
	ifMatchParam struct {
		IfMatch string `header:"If-Match" description:"ETag of the last reading; a change by somebody else since is refused with 412"`
	}
	onceParam struct {
		Key string `header:"Idempotency-Key" maxLength:"255" description:"the same key with the same request gets the same answer for 24 hours"`
	}
	lastEventParam struct {
		ID string `header:"Last-Event-ID" description:"id of the last event seen"`
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
	switch {
	case route.Name == "v1.audit.get":
		all = append(all, pathEntry{})
	case strings.Contains(route.Path, "{id}"):
		all = append(all, pathID{})
	case strings.Contains(route.Path, "{tag}"):
		all = append(all, pathTag{})
	}
	if route.Query != nil {
		all = append(all, route.Query)
	}
	switch {
	case route.Method == http.MethodPatch:
		all = append(all, ifMatchParam{})
	case repeatable(route):
		all = append(all, onceParam{})
	case route.Name == "v1.events":
		all = append(all, lastEventParam{})
	}
	return all
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
	switch {
	case route.Name == "v1.events":
		oc.AddRespStructure(nil, openapi.WithHTTPStatus(status), openapi.WithContentType("text/event-stream"))
	case route.Name == "v1.openapi":
		oc.AddRespStructure(map[string]any{}, openapi.WithHTTPStatus(status), openapi.WithContentType("application/json"))
	case route.Out == nil:
		oc.AddRespStructure(nil, openapi.WithHTTPStatus(status))
	default:
		oc.AddRespStructure(route.Out, openapi.WithHTTPStatus(status), openapi.WithContentType("application/json"))
	}
	if route.Out != nil && strings.HasPrefix(reflect.TypeOf(route.Out).Name(), "Page[") {
		oc.SetDescription(export)
	}
}

// export is said of every list. The files are no contents of the response in the
// document: they would make every generated client's type of a page "page or text".
const export = "With format=csv or format=xlsx everything that matches comes as a file (" + sheet.MediaCSV + " or " + sheet.MediaXLSX + ")."

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
