// Package keeping is what keeps an installation for later: backups, and which of
// its APIs are still in use. One area of the native API; it puts the domain's
// operations on the wire and knows no other area.
package keeping

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"time"

	"stoa/api/v1/rest"
	"stoa/api/wire"
	"stoa/app"
	"stoa/app/access"
	"stoa/app/backup"
)

// Backups is the state of all backups.
type Backups struct {
	Plan     Plan      `json:"plan"`
	Running  *Progress `json:"running,omitempty" description:"the backup that is being made"`
	Waiting  bool      `json:"waiting" description:"one is asked for and begins in a moment"`
	LastGood *Backup   `json:"last_good,omitempty" description:"the newest that succeeded"`
	Failed   *Backup   `json:"failed,omitempty" description:"the newest try, if it failed"`
	Key      Key       `json:"key"`
	Items    []Backup  `json:"items" description:"newest first, at most 500"`
}

// Plan is the configured schedule.
type Plan struct {
	Dir    string     `json:"dir" description:"on the server; empty = no backups are made by themselves"`
	Every  int        `json:"every" description:"seconds between two"`
	At     string     `json:"at" example:"03:00" description:"time of day; empty = any"`
	Keep   int        `json:"keep" description:"the newest so many are kept"`
	Daily  int        `json:"daily" description:"and the last of each of so many days"`
	Weekly int        `json:"weekly" description:"and the last of each of so many weeks"`
	Next   *time.Time `json:"next,omitempty"`
}

// Key is the master key that a backup needs to be of use.
type Key struct {
	ID   string `json:"id" description:"its public name"`
	File string `json:"file" description:"where it lies, when it lies beside the data; empty = it comes from outside"`
}

// Progress is how far a backup is.
type Progress struct {
	Began time.Time `json:"began"`
	Done  uint64    `json:"done" description:"rows and index entries written"`
	Of    uint64    `json:"of" description:"how many the last backup had; 0 = unknown"`
	Size  int64     `json:"size" description:"bytes so far"`
	Node  string    `json:"node"`
}

// Backup is one that was made, or a try that failed.
type Backup struct {
	Name       string     `json:"name"`
	Kind       string     `json:"kind" enum:"scheduled,manual"`
	At         time.Time  `json:"at" description:"the moment whose state it holds"`
	Seconds    float64    `json:"seconds" description:"how long it took"`
	Size       int64      `json:"size" description:"bytes"`
	Rows       uint64     `json:"rows"`
	Files      uint64     `json:"files"`
	SHA256     string     `json:"sha256"`
	Node       string     `json:"node" description:"that made it"`
	By         string     `json:"by" description:"who asked for it; empty for scheduled ones"`
	Error      string     `json:"error" description:"why it failed; empty = it is there"`
	VerifiedAt *time.Time `json:"verified_at,omitempty"`
	Damage     string     `json:"damage" description:"what the last verification found; empty = whole"`
}

type byName struct {
	Name string `path:"backup" minLength:"1" maxLength:"128"`
}

type handlers struct{ app *app.App }

// Routes are the area's calls.
func Routes(a *app.App) []wire.Route {
	h := handlers{a}
	return slices.Concat(h.backupRoutes(), h.dialectRoutes())
}

func (h handlers) backupRoutes() []wire.Route {
	const tag, one = "backups", "/v1/backups/{backup}"
	read, write := access.Of(access.BackupRead), access.Of(access.BackupWrite)
	return []wire.Route{
		{Method: "GET", Path: "/v1/backups", Name: "v1.backups.list", Handle: h.backups, Needs: read, Out: Backups{}, Tag: tag,
			Summary: "The schedule, what goes on, and the backups there are"},
		{Method: "POST", Path: "/v1/backups", Name: "v1.backups.create", Handle: h.makeBackup, Needs: write, Out: Backups{}, Status: http.StatusAccepted,
			Tag: tag, Summary: "Make a backup now, in the background"},
		{Method: "POST", Path: one + "/verify", Params: byName{}, Name: "v1.backups.verify", Handle: h.verifyBackup, Needs: read, Out: Backup{}, Long: true,
			Tag: tag, Summary: "Read a backup from beginning to end and say whether it is what was written"},
		{Method: "GET", Path: one + "/file", Params: byName{}, Name: "v1.backups.download", Handle: h.backupFile, Needs: write, Long: true,
			Tag: tag, Summary: "Download a backup; each download is recorded"},
		{Method: "DELETE", Path: one, Params: byName{}, Name: "v1.backups.delete", Handle: h.deleteBackup, Needs: write, Status: http.StatusNoContent,
			Tag: tag, Summary: "Remove a backup and its file"},
	}
}

func (h handlers) backups(c *wire.Call) (any, error) {
	st, err := h.app.Backup.Status(c.Ctx(), c.Actor)
	if err != nil {
		return nil, err
	}
	return backupsView(st), nil
}

func (h handlers) makeBackup(c *wire.Call) (any, error) {
	if err := h.app.Backup.Want(c.Ctx(), c.Actor); err != nil {
		return nil, err
	}
	return h.backups(c)
}

func (h handlers) verifyBackup(c *wire.Call) (any, error) {
	b, err := h.app.Backup.Verify(c.Ctx(), c.Actor, c.Path("backup"))
	if err != nil {
		return nil, err
	}
	return backupView(b), nil
}

func (h handlers) deleteBackup(c *wire.Call) (any, error) {
	return wire.NoContent{}, h.app.Backup.Delete(c.Ctx(), c.Actor, c.Path("backup"))
}

func (h handlers) backupFile(c *wire.Call) (any, error) {
	f, b, err := h.app.Backup.Open(c.Ctx(), c.Actor, c.Path("backup"))
	if err != nil {
		return nil, err
	}
	return wire.File{Name: b.Name, Type: "application/octet-stream", Size: b.Size, Write: func(w io.Writer) error {
		_, err := io.Copy(w, f)
		return errors.Join(err, f.Close())
	}}, nil
}

func backupsView(st backup.Status) Backups {
	p := st.Plan
	out := Backups{Waiting: st.Waiting, Key: Key{ID: st.KeyID, File: st.KeyFile}, Items: make([]Backup, len(st.Backups)),
		Plan: Plan{Dir: p.Dir, Every: int(p.Every.Seconds()), Keep: p.Keep, Daily: p.Daily, Weekly: p.Weekly, Next: rest.Moment(st.Next)}}
	if p.At >= 0 {
		out.Plan.At = time.Time{}.Add(p.At).Format("15:04")
	}
	if r := st.Running; r != nil {
		out.Running = &Progress{Began: r.Began.UTC(), Done: r.Pairs, Of: r.Of, Size: r.Size, Node: r.Node}
	}
	for i := range st.Backups {
		out.Items[i] = backupView(st.Backups[i])
	}
	for _, e := range []struct {
		from *backup.Backup
		to   **Backup
	}{{st.LastGood, &out.LastGood}, {st.Failed, &out.Failed}} {
		if e.from != nil {
			v := backupView(*e.from)
			*e.to = &v
		}
	}
	return out
}

func backupView(b backup.Backup) Backup {
	return Backup{Name: b.Name, Kind: b.Kind, At: b.At.UTC(), Seconds: b.Took.Seconds(), Size: b.Size, Rows: b.Rows, Files: b.Files, SHA256: b.SHA256,
		Node: b.Node, By: b.By, Error: b.Error, VerifiedAt: rest.Moment(b.Verified), Damage: b.Damage}
}
