package channel

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/company"
	"stoa/app/fault"
)

const timeLayout = "2006-01-02 15:04:05"

// companyRoutes are the calls of a reseller's administrators.
func (h handlers) companyRoutes() []wire.Route {
	needs := access.Of(access.CompanyWrite)
	const base = "/api/user/channel/"
	return []wire.Route{
		{Method: "POST", Path: base + "channel_company/", Slash: true, Name: "channel.company.create", Needs: needs.Or(access.Of(access.AccountCreate)), Handle: h.reseller(h.createCompany)},
		{Method: "POST", Path: base + "channel_company/quota/", Slash: true, Name: "channel.company.quota", Needs: needs, Handle: h.reseller(h.setQuota)},
		{Method: "PUT", Path: base + "channel_user/status/", Slash: true, Name: "channel.company.status", Needs: needs, Handle: h.reseller(h.setStatus)},
		{Method: "POST", Path: base + "channel_user/del/", Slash: true, Name: "channel.company.delete", Needs: needs, Handle: h.reseller(h.deleteCompany)},
	}
}

// reseller answers who is no administrator of a channel as the document does,
// before anything else is looked at.
func (h handlers) reseller(next wire.Handler) wire.Handler {
	return func(c *wire.Call) (any, error) {
		refused := fault.New(fault.Conflict, "channel.not_admin", "", "user is not channel admin")
		err := c.Actor.Need(access.CompanyWrite)
		if fault.KindOf(err) == fault.Denied && err != nil && !c.Actor.Weak {
			return nil, refused
		}
		if err != nil {
			return nil, err
		}
		answer, err := next(c)
		if errors.Is(err, company.NotChannel()) {
			return nil, refused
		}
		return answer, err
	}
}

// amount is a whole number as clients send it: 100, 100.0 or "100".
type amount struct {
	value int64
	given bool
	bad   bool
}

// UnmarshalJSON never fails: what is no whole number is told by the field.
func (a *amount) UnmarshalJSON(raw []byte) error {
	text := strings.Trim(string(raw), `"`)
	if text == "null" || text == "" {
		return nil
	}
	a.given = true
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || n != math.Trunc(n) || math.Abs(n) > 1<<53 {
		a.bad = true
		return nil
	}
	a.value = int64(n)
	return nil
}

// moment is a time in the server's zone: absent, null or "" for no end, or text.
type moment struct {
	text  string
	given bool
	bad   bool
}

// UnmarshalJSON never fails: what is no text is told by the field.
func (m *moment) UnmarshalJSON(raw []byte) error {
	m.given = true
	if string(raw) != "null" && json.Unmarshal(raw, &m.text) != nil {
		m.bad = true
	}
	return nil
}

func (m moment) in(zone *time.Location) (time.Time, error) {
	if m.text == "" && !m.bad {
		return time.Time{}, nil
	}
	at, err := time.ParseInLocation(timeLayout, m.text, zone)
	if err != nil || m.bad {
		return at, fieldError("expired_time")
	}
	return at, nil
}

func fieldError(name string) error {
	return fault.New(fault.Invalid, "channel.field", name, "%s field error", name)
}

// bytes is a quota of a request, which is in GiB.
func (a amount) bytes() (int64, error) {
	if a.bad || a.value < 0 || a.value > company.MaxQuota/company.GiB {
		return 0, fieldError("quota")
	}
	return a.value * company.GiB, nil
}

// id is a company of a request.
func (a amount) id() (uint64, error) {
	switch {
	case !a.given:
		return 0, fault.New(fault.Missing, "channel.missing", "cid", "cid field needed")
	case a.bad || a.value <= 0:
		return 0, fieldError("cid")
	}
	return uint64(a.value), nil
}

type createdView struct {
	CID uint64 `json:"cid"`
	ID  uint64 `json:"id"`
}

// createCompany makes a company and its administrator: both or neither.
func (h handlers) createCompany(c *wire.Call) (any, error) {
	var in struct {
		KeyManaged bool      `json:"is_key_managed"`
		Name       wire.Text `json:"company_name"`
		Telephone  wire.Text `json:"company_tel"`
		Username   wire.Text `json:"username"`
		Email      wire.Text `json:"email"`
		Password   wire.Text `json:"password"`
		Quota      amount    `json:"quota"`
		Expires    moment    `json:"expired_time"`
	}
	if err := decodeJSON(c, &in); err != nil {
		return nil, err
	}
	if err := missing("company_name", string(in.Name), "username", string(in.Username), "email", string(in.Email), "password", string(in.Password)); err != nil {
		return nil, err
	}
	if !in.Quota.given {
		return nil, missing("quota", "")
	}
	paid, err := in.Quota.bytes()
	if err != nil {
		return nil, err
	}
	expires, err := in.Expires.in(h.app.Config.Location())
	if err != nil {
		return nil, err
	}
	made, admin, err := h.app.Company.Create(c.Ctx(), c.Actor, company.New{Name: string(in.Name), Telephone: string(in.Telephone), KeyManaged: in.KeyManaged,
		Paid: paid, ExpiresAt: expires, Administrator: company.Person{Name: string(in.Username), Email: string(in.Email), Password: string(in.Password)}})
	if err != nil {
		return nil, err
	}
	return createdView{made.Unit.ID, admin.ID}, nil
}

// setQuota sets what a company has paid for, and until when if that is given.
func (h handlers) setQuota(c *wire.Call) (any, error) {
	var in struct {
		CID     amount `json:"cid"`
		Quota   amount `json:"quota"`
		Expires moment `json:"expired_time"`
	}
	if err := decodeJSON(c, &in); err != nil {
		return nil, err
	}
	if !in.CID.given || !in.Quota.given {
		return nil, fault.New(fault.Missing, "channel.missing", "quota", "quota and cid field needed")
	}
	id, err := in.CID.id()
	if err != nil {
		return nil, err
	}
	paid, err := in.Quota.bytes()
	if err != nil {
		return nil, err
	}
	change := company.Change{Paid: &paid}
	if in.Expires.given {
		expires, err := in.Expires.in(h.app.Config.Location())
		if err != nil {
			return nil, err
		}
		change.ExpiresAt = &expires
	}
	_, err = h.app.Company.Update(c.Ctx(), c.Actor, id, change, 0)
	return nil, err
}

// setStatus freezes (0) or activates (1) a company.
func (h handlers) setStatus(c *wire.Call) (any, error) {
	var in struct {
		CID    amount `json:"cid"`
		Status amount `json:"status"`
	}
	if err := decodeJSON(c, &in); err != nil {
		return nil, err
	}
	if !in.Status.given {
		return nil, fault.New(fault.Missing, "channel.missing", "status", "status field error")
	}
	if in.Status.bad || in.Status.value != 0 && in.Status.value != 1 {
		return nil, fieldError("status")
	}
	id, err := in.CID.id()
	if err != nil {
		return nil, err
	}
	if in.Status.value == 1 {
		_, err = h.app.Company.Thaw(c.Ctx(), c.Actor, id)
	} else {
		_, err = h.app.Company.Freeze(c.Ctx(), c.Actor, id)
	}
	return nil, err
}

// deleteCompany orders the deletion of a company that was frozen long enough.
func (h handlers) deleteCompany(c *wire.Call) (any, error) {
	var in struct {
		CID amount `json:"cid"`
	}
	if err := decodeJSON(c, &in); err != nil {
		return nil, err
	}
	id, err := in.CID.id()
	if err == nil {
		_, err = h.app.Company.Delete(c.Ctx(), c.Actor, id)
	}
	return nil, err
}

// undeletable is the answer to a deletion that is too early; false for any other
// fault.
func undeletable(f *fault.Fault) (refusal, bool) {
	var waiting company.Waiting
	switch {
	case f.Code == "company.active":
		return refusal{Ret: retNotFrozen, Reason: "company is actived"}, true
	case errors.As(f.Cause, &waiting):
		return refusal{Ret: retInFrozen, Reason: int64(waiting.Frozen.Seconds())}, true
	}
	return refusal{}, false
}
