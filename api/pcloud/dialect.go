// Package pcloud serves the documented API of the PCloud admin back end, so
// that its own front end runs on stoa unmodified. It knows the domain's
// operations and its own envelope, no other dialect.
//
// Source: docs/dialects/pcloud.md, which repeats the public document and the
// decisions where that is silent.
package pcloud

import (
	"net/http"
	"slices"
	"time"

	"stoa/api/pcloud/grant"
	"stoa/api/wire"
	"stoa/app"
	"stoa/app/access"
	"stoa/app/fault"
)

const downloadRoute = "pcloud.user.download"

// New is the dialect over an opened App.
func New(a *app.App) wire.Dialect {
	h := handlers{app: a, zone: a.Config.Location()}
	d := wire.Dialect{
		Name:     "pcloud",
		Prefixes: []string{"/api/oauth/", "/api/admin/", "/api/integration/", "/api/open/", "/api/oss/"},
		Token:    func(r *http.Request) string { return wire.AnyToken(r, "Authorization") },
		OK:       h.ok,
		Fail:     h.fail,
	}
	d.Routes = h.routes("/api")
	if a.Config.PCloud.ShortPaths {
		// The front end's production build calls without the prefix.
		d.Prefixes = append(d.Prefixes, "/oauth/", "/admin/", "/integration/", "/open/", "/oss/")
		d.Routes = append(d.Routes, h.routes("")...)
	}
	return d
}

// routes are the documented calls under one prefix. The document has PUT for
// changes and DELETE for removals; POST is accepted for both.
func (h handlers) routes(prefix string) []wire.Route {
	user, dept := prefix+"/admin/system/user", prefix+"/admin/dept"
	return append(slices.Concat(h.grants().Routes(prefix), h.segmentRoutes(prefix), h.logRoutes(prefix), h.structureRoutes(prefix), h.ossRoutes(prefix), h.mailRoutes(prefix),
		h.smsRoutes(prefix), h.figureRoutes(prefix)), []wire.Route{
		{Method: "POST", Path: prefix + "/oauth/token", Name: "pcloud.token", Public: true, Handle: h.token},
		{Method: "POST", Path: prefix + "/admin/logout", Name: "pcloud.logout", Handle: h.logout},
		{Method: "POST", Path: prefix + "/admin/system/adminInfo", Name: "pcloud.adminInfo", Handle: h.adminInfo},
		{Method: "POST", Path: user + "/page", Name: "pcloud.user.page", Needs: access.Of(access.AccountRead), Handle: h.userPage},
		{Method: "POST", Path: user + "/create", Name: "pcloud.user.create", Needs: access.Of(access.AccountCreate), Handle: h.userCreate},
		{Method: "PUT", Path: user + "/modify", Name: "pcloud.user.modify", Needs: access.Of(access.AccountRead, access.AccountUpdate), Handle: h.userModify},
		{Method: "POST", Path: user + "/modify", Name: "pcloud.user.modify", Needs: access.Of(access.AccountRead, access.AccountUpdate), Handle: h.userModify},
		{Method: "GET", Path: user + "/{id}/offline", Name: "pcloud.user.offline", Needs: access.Of(access.AccountRead, access.SessionEnd), HeaderTokenOnly: true, Handle: h.userOffline},
		{Method: "POST", Path: user + "/{id}/offline", Name: "pcloud.user.offline", Needs: access.Of(access.AccountRead, access.SessionEnd), Handle: h.userOffline},
		{Method: "POST", Path: user + "/download", Name: downloadRoute, Needs: access.Of(access.AccountExport), Long: true, Handle: h.userDownload},
		{Method: "POST", Path: dept + "/page", Name: "pcloud.dept.page", Needs: access.Of(access.DepartmentRead), Handle: h.deptPage},
		{Method: "POST", Path: dept + "/create", Name: "pcloud.dept.create", Needs: access.Of(access.DepartmentWrite), Handle: h.deptCreate},
		{Method: "PUT", Path: dept + "/modify", Name: "pcloud.dept.modify", Needs: access.Of(access.DepartmentWrite), Handle: h.deptModify},
		{Method: "POST", Path: dept + "/modify", Name: "pcloud.dept.modify", Needs: access.Of(access.DepartmentWrite), Handle: h.deptModify},
		{Method: "DELETE", Path: dept + "/{id}/delete", Name: "pcloud.dept.delete", Needs: access.Of(access.DepartmentWrite), Handle: h.deptDelete},
		{Method: "POST", Path: dept + "/{id}/delete", Name: "pcloud.dept.delete", Needs: access.Of(access.DepartmentWrite), Handle: h.deptDelete},
		{Method: "GET", Path: dept + "/org", Name: "pcloud.dept.org", Needs: access.Of(access.DepartmentRead), Handle: h.deptOrg},
		{Method: "POST", Path: dept + "/org", Name: "pcloud.dept.org", Needs: access.Of(access.DepartmentRead), Handle: h.deptOrg},
	}...)
}

// grants is the part about roles, menus and resources.
func (h handlers) grants() grant.Dialect {
	return grant.Dialect{App: h.app, Stamp: h.stamp, List: func(rows any, total int) any { return list{Rows: rows, Total: total} },
		Page: func(page, pageNo, pageSize wire.Int) (int, int, error) {
			return paging{Page: page, PageNo: pageNo, PageSize: pageSize}.check()
		}}
}

type handlers struct {
	app  *app.App
	zone *time.Location // the times of this dialect carry none
}

// envelope is every answer; timestamp is in seconds, as the document has it.
type envelope struct {
	Code      int    `json:"code"`
	Msg       string `json:"msg"`
	Timestamp int64  `json:"timestamp"`
	Data      any    `json:"data"`
}

// list is a page of a list on its way into its envelope.
type list struct {
	Rows   any
	Total  int
	Capped bool
}

type listEnvelope struct {
	envelope
	Total       int  `json:"total"`
	TotalCapped bool `json:"totalCapped,omitempty"`
}

func (h handlers) ok(_ *wire.Call, result any) wire.Response {
	e := envelope{Code: 200, Msg: "success", Timestamp: h.app.Now().Unix(), Data: result}
	if l, isList := result.(list); isList {
		e.Data = l.Rows
		return wire.JSON(http.StatusOK, listEnvelope{e, l.Total, l.Capped})
	}
	return wire.JSON(http.StatusOK, e)
}

// fail answers business failures at HTTP 200, except of the download, where the
// front end would save the error as a spreadsheet, and of pictures, whose code it
// does not look at.
func (h handlers) fail(c *wire.Call, f *fault.Fault) wire.Response {
	code := Code(f.Kind)
	status := http.StatusOK
	switch c.Route().Name {
	case downloadRoute, uploadRoute, avatarRoute:
		status = downloadStatus(code)
	}
	return wire.JSON(status, envelope{Code: code, Msg: f.Text, Timestamp: h.app.Now().Unix()})
}

func downloadStatus(code int) int {
	switch code {
	case 401, 403:
		return code
	case 3000:
		return http.StatusInternalServerError
	}
	return http.StatusBadRequest
}

// Code is this dialect's number for a kind of failure: 401 sign in again, 403
// not allowed, 3000 internal, 1000 everything else that is refused.
func Code(k fault.Kind) int {
	switch k {
	case fault.Unauthenticated:
		return 401
	case fault.Denied:
		return 403
	case fault.Internal, fault.Unavailable:
		return 3000
	case fault.Malformed, fault.Missing, fault.Invalid, fault.NotFound, fault.Exists, fault.Conflict, fault.Stale,
		fault.TooLarge, fault.OverQuota, fault.TooMany:
		return 1000
	}
	return 1000
}

// stamp is a time as this dialect writes it.
func (h handlers) stamp(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := t.In(h.zone).Format("2006-01-02T15:04:05")
	return &s
}
