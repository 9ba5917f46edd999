// Package open is the part of the PCloud dialect about the open platform:
// applications, and the interfaces that they are granted. How an answer is wrapped
// it leaves to the dialect.
package open

import (
	"strings"
	"time"

	"stoa/api/wire"
	"stoa/app"
	"stoa/app/access"
	"stoa/app/application"
	"stoa/app/fault"
)

// openAccountView is an application, 开放平台 账号. status: 0 normal, 1 disabled,
// 2 frozen.
type openAccountView struct {
	ID              uint64  `json:"id"`
	Name            string  `json:"name"`
	SecureID        string  `json:"secureId"`
	Status          int     `json:"status"`
	GmtModifiedName string  `json:"gmtModifiedName"`
	GmtModifiedDate *string `json:"gmtModifiedDate"`
	SecureKey       string  `json:"secureKey,omitempty"` // at creation alone
}

// openResourceView is an interface that applications can be granted.
type openResourceView struct {
	ID              uint64  `json:"id"`
	ParentID        *uint64 `json:"parentId"` // there is one level
	Name            string  `json:"name"`
	ResourceURL     string  `json:"resourceUrl"`
	GmtModifiedName string  `json:"gmtModifiedName"`
	GmtModifiedDate *string `json:"gmtModifiedDate"`
	Permission      *bool   `json:"permission,omitempty"` // whether the account asked about has it
}

// Dialect is what the calls need of the dialect around them.
type Dialect struct {
	App *app.App
	// List wraps a page of a list, with how many there are, and whether there are more.
	List func(rows any, total int, capped bool) any
	// Page reads the page that is asked for, and its size.
	Page func(page, pageNo, pageSize wire.Int) (number, size int, err error)
	// Stamp is a time as the dialect writes it; nil for none.
	Stamp func(time.Time) *string
}

type handlers struct{ Dialect }

// Routes are the calls under one prefix of the dialect.
func (d Dialect) Routes(prefix string) []wire.Route { return handlers{d}.openRoutes(prefix) }

func (h handlers) openRoutes(prefix string) []wire.Route {
	account, resource := prefix+"/open/admin/account", prefix+"/open/admin/resource"
	read, write := access.Of(access.ApplicationRead), access.Of(access.ApplicationWrite)
	return []wire.Route{
		{Method: "POST", Path: account + "/page", Name: "pcloud.open.account.page", Needs: read, Handle: h.openAccountPage},
		{Method: "POST", Path: account + "/create", Name: "pcloud.open.account.create", Needs: write, Handle: h.openAccountCreate},
		{Method: "DELETE", Path: account + "/{id}/delete", Name: "pcloud.open.account.delete", Needs: write, Handle: h.openAccountDelete},
		{Method: "POST", Path: account + "/{id}/delete", Name: "pcloud.open.account.delete", Needs: write, Handle: h.openAccountDelete},
		{Method: "PUT", Path: account + "/status", Name: "pcloud.open.account.status", Needs: write, Handle: h.openAccountStatus},
		{Method: "POST", Path: account + "/status", Name: "pcloud.open.account.status", Needs: write, Handle: h.openAccountStatus},
		{Method: "GET", Path: account + "/{id}/view", Name: "pcloud.open.account.view", Needs: read, Handle: h.openAccountView},
		{Method: "POST", Path: resource + "/page", Name: "pcloud.open.resource.page", Needs: read, Handle: h.openResourcePage},
		{Method: "POST", Path: resource + "/create", Name: "pcloud.open.resource.create", Needs: write, Handle: h.openResourceCreate},
		{Method: "PUT", Path: resource + "/modify", Name: "pcloud.open.resource.modify", Needs: write, Handle: h.openResourceModify},
		{Method: "POST", Path: resource + "/modify", Name: "pcloud.open.resource.modify", Needs: write, Handle: h.openResourceModify},
		{Method: "DELETE", Path: resource + "/{id}/delete", Name: "pcloud.open.resource.delete", Needs: write, Handle: h.openResourceDelete},
		{Method: "POST", Path: resource + "/{id}/delete", Name: "pcloud.open.resource.delete", Needs: write, Handle: h.openResourceDelete},
		{Method: "POST", Path: resource + "/permission", Name: "pcloud.open.resource.permission", Needs: read, Handle: h.openResourcePermission},
		{Method: "POST", Path: resource + "/grant", Name: "pcloud.open.resource.grant", Needs: write, Handle: h.openResourceGrant},
		{Method: "GET", Path: resource + "/{accountId}/refresh", Name: "pcloud.open.resource.refresh", Needs: read, Handle: h.openResourceRefresh},
		{Method: "POST", Path: resource + "/{accountId}/refresh", Name: "pcloud.open.resource.refresh", Needs: read, Handle: h.openResourceRefresh},
	}
}

// openFilter is how both lists ask for a page.
type openFilter struct {
	Page      wire.Int  `json:"page"`
	PageNo    wire.Int  `json:"pageNo"`
	PageSize  wire.Int  `json:"pageSize"`
	Name      wire.Text `json:"name"`
	AccountID wire.Int  `json:"accountId"`
}

func (h handlers) read(c *wire.Call, in *openFilter) (application.Filter, error) {
	if err := c.Decode(in); err != nil {
		return application.Filter{}, err
	}
	number, size, err := h.Page(in.Page, in.PageNo, in.PageSize)
	return application.Filter{Text: string(in.Name), Page: number, Limit: size}, err
}

func (h handlers) openAccount(a *application.Application) openAccountView {
	return openAccountView{ID: a.ID, Name: a.Name, SecureID: a.ClientID, Status: int(a.State), GmtModifiedName: a.ModifiedBy,
		GmtModifiedDate: h.Stamp(a.Modified)}
}

func (h handlers) openAccountPage(c *wire.Call) (any, error) {
	var in openFilter
	f, err := h.read(c, &in)
	if err != nil {
		return nil, err
	}
	page, err := h.App.Application.List(c.Ctx(), c.Actor, f)
	if err != nil {
		return nil, err
	}
	rows := make([]openAccountView, len(page.Items))
	for i := range page.Items {
		rows[i] = h.openAccount(&page.Items[i])
	}
	return h.List(rows, page.Total, page.Capped), nil
}

// openAccountCreate answers the secret, which no later call shows.
func (h handlers) openAccountCreate(c *wire.Call) (any, error) {
	var in struct {
		Name wire.Text `json:"name"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	a, secret, err := h.App.Application.Create(c.Ctx(), c.Actor, application.New{Name: string(in.Name)})
	if err != nil {
		return nil, err
	}
	view := h.openAccount(a)
	view.SecureKey = secret
	return view, nil
}

func (h handlers) openAccountDelete(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	return nil, h.App.Application.Delete(c.Ctx(), c.Actor, id)
}

func (h handlers) openAccountStatus(c *wire.Call) (any, error) {
	var in struct {
		ID     wire.Int  `json:"id"`
		Status *wire.Int `json:"status"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if in.Status == nil || *in.Status < 0 || *in.Status > wire.Int(application.Frozen) {
		return nil, fault.New(fault.Invalid, "pcloud.status", "status", "status must be 0 (normal), 1 (disabled) or 2 (frozen)")
	}
	state := application.State(*in.Status)
	_, err := h.App.Application.Update(c.Ctx(), c.Actor, in.ID.Uint(), application.Change{State: &state}, 0)
	return nil, err
}

// openAccountView answers the secret masked: only its digest is kept.
func (h handlers) openAccountView(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	if _, err := h.App.Application.Get(c.Ctx(), c.Actor, id); err != nil {
		return nil, err
	}
	return strings.Repeat("*", 16), nil
}

func (h handlers) openResource(i *application.Interface) openResourceView {
	return openResourceView{ID: i.ID, Name: i.Name, ResourceURL: i.URL, GmtModifiedName: i.ModifiedBy, GmtModifiedDate: h.Stamp(i.Modified)}
}

func (h handlers) openResourcePage(c *wire.Call) (any, error) {
	var in openFilter
	f, err := h.read(c, &in)
	if err != nil {
		return nil, err
	}
	page, err := h.App.Application.ListInterfaces(c.Ctx(), c.Actor, f)
	if err != nil {
		return nil, err
	}
	rows := make([]openResourceView, len(page.Items))
	for i := range page.Items {
		rows[i] = h.openResource(&page.Items[i])
	}
	return h.List(rows, page.Total, false), nil
}

// openResourceIn is the body of create and modify.
type openResourceIn struct {
	ID          wire.Int   `json:"id"`
	Name        *wire.Text `json:"name"`
	ResourceURL *wire.Text `json:"resourceUrl"`
}

func (in *openResourceIn) change() application.InterfaceChange {
	return application.InterfaceChange{Name: (*string)(in.Name), URL: (*string)(in.ResourceURL)}
}

func (h handlers) openResourceCreate(c *wire.Call) (any, error) {
	var in openResourceIn
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	i, err := h.App.Application.CreateInterface(c.Ctx(), c.Actor, in.change())
	if err != nil {
		return nil, err
	}
	return i.ID, nil
}

func (h handlers) openResourceModify(c *wire.Call) (any, error) {
	var in openResourceIn
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	i, err := h.App.Application.UpdateInterface(c.Ctx(), c.Actor, in.ID.Uint(), in.change(), 0)
	if err != nil {
		return nil, err
	}
	return i.ID, nil
}

func (h handlers) openResourceDelete(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	return nil, h.App.Application.DeleteInterface(c.Ctx(), c.Actor, id)
}
