package operate

import (
	"net/http"
	"time"

	"stoa/api/wire"
	"stoa/app/access"
)

// System is how the installation runs.
type System struct {
	Version   string    `json:"version"`
	StartedAt time.Time `json:"started_at"`
	Uptime    int       `json:"uptime" minimum:"0" description:"seconds"`
	DataDir   string    `json:"data_dir"`
	Driver    string    `json:"driver" description:"of the store"`
	Disk      Disk      `json:"disk"`
	Rows      int       `json:"rows" minimum:"0" description:"as the last check of the store counted; 0 = not checked since the start"`
	Commits   uint64    `json:"commits" description:"durable transactions since the start"`
	Syncs     uint64    `json:"syncs" description:"times the disk was asked for them: writers share"`
	TLS       bool      `json:"tls" description:"the server speaks TLS itself"`
	Secure    bool      `json:"secure" description:"this very call came over TLS, to the server or to a trusted proxy"`
	Warnings  []string  `json:"warnings" description:"codes: http.plain, seal.generated, seal.elsewhere, sms.outbox, email.outbox, gallery.anonymous, store.read_only, store.little_space, store.check_failed, backup.none, backup.failed"`
}

// Disk is the room that the store has and takes, in bytes.
type Disk struct {
	Used  int64 `json:"used" minimum:"0" description:"bytes of the store"`
	Free  int64 `json:"free" minimum:"0" description:"bytes that are free beside it"`
	Total int64 `json:"total" minimum:"0" description:"both together"`
}

// StoreReport is what a check of the store found.
type StoreReport struct {
	OK       bool     `json:"ok"`
	Rows     int      `json:"rows" minimum:"0"`
	Entries  int      `json:"entries" minimum:"0" description:"of indexes"`
	Problems []string `json:"problems"`
}

func (h handlers) systemRoutes() []wire.Route {
	const tag = "system"
	return []wire.Route{
		{Method: "GET", Path: "/v1/system", Name: "v1.system.get", Needs: access.Of(access.SystemRead), Handle: h.system, Out: System{}, Tag: tag,
			Summary: "How the installation runs"},
		{Method: "POST", Path: "/v1/system/verify", Name: "v1.system.verify", Needs: access.Of(access.SystemRead), Handle: h.systemVerify, Out: StoreReport{},
			Long: true, Tag: tag, Summary: "Check the store: every index against its rows"},
		{Method: "POST", Path: "/v1/system/sample", Name: "v1.system.sample_load", Needs: access.Of(access.OrganisationWrite), Handle: h.loadSample,
			Status: http.StatusNoContent, Tag: tag, Summary: "Load the example data"},
		{Method: "DELETE", Path: "/v1/system/sample", Name: "v1.system.sample_drop", Needs: access.Of(access.OrganisationWrite), Handle: h.dropSample,
			Status: http.StatusNoContent, Tag: tag, Summary: "Remove the example data"},
	}
}

func (h handlers) system(c *wire.Call) (any, error) {
	s, err := h.app.System.Status(c.Ctx(), c.Actor)
	if err != nil {
		return nil, err
	}
	v := System{Version: h.server.Version, StartedAt: h.server.Started.UTC(), Uptime: int(h.server.Clock().Sub(h.server.Started).Seconds()),
		DataDir: s.DataDir, Driver: s.Driver, Disk: Disk{Used: s.DiskUsed, Free: s.DiskFree, Total: s.DiskUsed + s.DiskFree},
		Rows: s.Rows, Commits: s.Commits, Syncs: s.Syncs, TLS: s.TLS, Secure: c.Secure(), Warnings: []string{}}
	if !c.Secure() {
		v.Warnings = append(v.Warnings, "http.plain")
	}
	v.Warnings = append(v.Warnings, s.Warnings...)
	return v, nil
}

func (h handlers) systemVerify(c *wire.Call) (any, error) {
	r, err := h.app.System.Verify(c.Ctx(), c.Actor)
	if err != nil {
		return nil, err
	}
	return StoreReport{OK: len(r.Problems) == 0, Rows: r.Rows, Entries: r.Entries, Problems: r.Problems}, nil
}

func (h handlers) loadSample(c *wire.Call) (any, error) {
	return wire.NoContent{}, h.app.Setup.LoadSample(c.Ctx(), c.Actor)
}

func (h handlers) dropSample(c *wire.Call) (any, error) {
	return wire.NoContent{}, h.app.Setup.DropSample(c.Ctx(), c.Actor)
}
