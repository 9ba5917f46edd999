// Package cloud is the buckets of a company's own: the credentials, and how far
// the moving of files into them is. One area of the native API; it puts the
// domain's operations on the wire and knows no other area.
package cloud

import (
	"time"

	"stoa/api/v1/rest"
	"stoa/api/wire"
	"stoa/app"
	"stoa/app/access"
	"stoa/app/cloud"
	"stoa/app/fault"
)

// Credentials is a company's set of buckets, and where its files lie.
type Credentials struct {
	Items      []Credential `json:"items" description:"in the order of the set; none = files lie with the appliance"`
	Retired    []Credential `json:"retired" description:"no longer in the set, kept until their files are moved"`
	Appliance  Share        `json:"appliance" description:"what lies with the appliance itself; small files that live in the database are not counted"`
	Move       Move         `json:"move"`
	Max        int          `json:"max" description:"how many credentials a set may have"`
	Version    uint64       `json:"version" description:"for If-Match; 0 = there never was a set"`
	ModifiedAt *time.Time   `json:"modified_at,omitempty"`
	ModifiedBy string       `json:"modified_by"`
}

// Credential is a bucket and the key to it; its secret is never shown.
type Credential struct {
	ID         uint64     `json:"id"`
	URL        string     `json:"url" example:"https://s3.example.com"`
	Bucket     string     `json:"bucket"`
	Region     string     `json:"region" description:"empty = the server is asked"`
	Style      string     `json:"style" description:"path, virtual, or empty: chosen by the host"`
	AccessKey  string     `json:"access_key"`
	Health     Health     `json:"health"`
	Pieces     int64      `json:"pieces" description:"stored parts of files there"`
	Bytes      int64      `json:"bytes"`
	CreatedAt  time.Time  `json:"created_at"`
	ModifiedAt time.Time  `json:"modified_at"`
	VerifiedAt *time.Time `json:"verified_at,omitempty" description:"when it was last tried out with success"`
	RetiredAt  *time.Time `json:"retired_at,omitempty"`
}

// Health is how a bucket is, by this server's own attempts.
type Health struct {
	State  string     `json:"state" enum:"unknown,up,limping,down" description:"limping: it is read, but new files go elsewhere; down: it is not tried before next_at"`
	Reason string     `json:"reason" description:"why the last attempt failed: unreachable, certificate, foreign, no_bucket, bad_key, bad_secret, denied, skewed, region, full, busy, failed, refused, other"`
	Text   string     `json:"text" description:"the same in words, with what to do"`
	Since  *time.Time `json:"since,omitempty"`
	NextAt *time.Time `json:"next_at,omitempty" description:"when it is tried again"`
}

// Share is an amount of stored parts of files.
type Share struct {
	Pieces int64 `json:"pieces"`
	Bytes  int64 `json:"bytes"`
}

// Move is how far files are on their way to where they belong.
type Move struct {
	State     string     `json:"state" enum:"settled,moving,waiting,paused" description:"waiting: a bucket does not answer, it goes on by itself"`
	Task      uint64     `json:"task" description:"the background task; 0 = there was none yet"`
	Pieces    int64      `json:"pieces" description:"that were to be moved when it began"`
	Bytes     int64      `json:"bytes"`
	Left      Share      `json:"left" description:"of which still lie elsewhere"`
	Lost      int64      `json:"lost" description:"that can't be moved: their bytes are missing or damaged"`
	StartedAt *time.Time `json:"started_at,omitempty"`
	Error     string     `json:"error" description:"why the last attempt did not succeed"`
}

// SetIn is a whole set.
type SetIn struct {
	Credentials []CredentialIn `json:"credentials" description:"replaces the set; empty brings the files back to the appliance"`
}

// CredentialIn is one of a set.
type CredentialIn struct {
	URL          string `json:"url" minLength:"1" maxLength:"255" description:"host, host:port (both by https) or http(s)://host[:port]"`
	Bucket       string `json:"bucket" minLength:"3" maxLength:"63"`
	Region       string `json:"region,omitempty" maxLength:"64"`
	Style        string `json:"style,omitempty" enum:",path,virtual"`
	AccessKey    string `json:"access_key" minLength:"1" maxLength:"256"`
	AccessSecret string `json:"access_secret,omitempty" maxLength:"256" description:"left out: as it is kept for the same bucket and key"`
}

// Checks is what came of trying credentials out.
type Checks struct {
	Items []Check `json:"items"`
}

// Check is what came of trying one out.
type Check struct {
	URL          string `json:"url"`
	Bucket       string `json:"bucket"`
	OK           bool   `json:"ok"`
	Reason       string `json:"reason" description:"as in health"`
	Text         string `json:"text"`
	Milliseconds int64  `json:"milliseconds"`
}

// VerifyQuery says which credentials are tried out before the set is kept.
type VerifyQuery struct {
	Verify string `query:"verify" enum:"changed,all,none" default:"changed" description:"each one that is tried is listed, and an object is written, read and deleted"`
}

// versioned is the version of the set that the caller means to replace.
type versioned struct {
	IfMatch string `header:"If-Match" description:"ETag of the last reading; a change by somebody else since is refused with 412"`
}

type handlers struct{ app *app.App }

const maxBody = 64 << 10

// Routes are the area's calls.
func Routes(a *app.App) []wire.Route {
	h := handlers{a}
	const tag, all, move = "credentials", "/v1/credentials", "/v1/credentials/move"
	read, write := access.Of(access.CloudRead), access.Of(access.CloudWrite)
	return []wire.Route{
		{Method: "GET", Path: all, Name: "v1.credentials.get", Needs: read, Handle: h.get, Out: Credentials{}, Tag: tag, Summary: "The buckets of the company, and where its files lie"},
		{Method: "PUT", Path: all, Name: "v1.credentials.replace", Needs: write, Handle: h.replace, Params: versioned{}, Query: VerifyQuery{}, In: SetIn{}, Out: Credentials{}, MaxBody: maxBody, Long: true,
			Tag: tag, Summary: "Replace the whole set; files are then moved in the background"},
		{Method: "POST", Path: all + "/test", Name: "v1.credentials.test", Needs: write, Handle: h.test, In: SetIn{}, Out: Checks{}, MaxBody: maxBody, Long: true,
			Tag: tag, Summary: "Try credentials out without keeping them"},
		{Method: "GET", Path: move, Name: "v1.credentials.move", Needs: read, Handle: h.move, Out: Move{}, Tag: tag, Summary: "How far the moving of files is"},
		{Method: "POST", Path: move, Name: "v1.credentials.begin", Needs: write, Handle: h.begin, Out: Move{}, Tag: tag, Summary: "Let the moving begin, or go on"},
		{Method: "DELETE", Path: move, Name: "v1.credentials.stop", Needs: write, Handle: h.stop, Out: Move{}, Tag: tag, Summary: "Stop the moving: every file stays where it lies then"},
	}
}

func (h handlers) get(c *wire.Call) (any, error) {
	set, err := h.app.Cloud.Get(c.Ctx(), c.Actor)
	if err != nil {
		return nil, err
	}
	return rest.Tagged(set.Version, shown(set)), nil
}

func (h handlers) replace(c *wire.Call) (any, error) {
	var q VerifyQuery
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	var in SetIn
	version, err := rest.DecodeChange(c, &in)
	if err != nil {
		return nil, err
	}
	if in.Credentials == nil {
		return nil, absent()
	}
	if q.Verify == "" {
		q.Verify = string(cloud.VerifyChanged)
	}
	set, err := h.app.Cloud.Replace(c.Ctx(), c.Actor, asked(in), cloud.Verify(q.Verify), version)
	if err != nil {
		return nil, err
	}
	return rest.Tagged(set.Version, shown(set)), nil
}

// absent keeps a body without a set from being taken for an empty one.
func absent() error {
	return fault.New(fault.Missing, "cloud.missing", "credentials", "the set is missing: send credentials, an empty list to have none")
}

func asked(in SetIn) []cloud.New {
	out := make([]cloud.New, len(in.Credentials))
	for i, c := range in.Credentials {
		out[i] = cloud.New{URL: c.URL, Bucket: c.Bucket, Region: c.Region, Style: c.Style, Key: c.AccessKey, Secret: c.AccessSecret}
	}
	return out
}

func (h handlers) test(c *wire.Call) (any, error) {
	var in SetIn
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if in.Credentials == nil {
		return nil, absent()
	}
	checked, err := h.app.Cloud.Test(c.Ctx(), c.Actor, asked(in))
	if err != nil {
		return nil, err
	}
	out := Checks{Items: make([]Check, len(checked))}
	for i, k := range checked {
		out.Items[i] = Check{URL: k.URL, Bucket: k.Bucket, OK: k.OK, Reason: string(k.Reason), Text: k.Text, Milliseconds: k.Took.Milliseconds()}
	}
	return out, nil
}

func (h handlers) move(c *wire.Call) (any, error) {
	set, err := h.app.Cloud.Get(c.Ctx(), c.Actor)
	if err != nil {
		return nil, err
	}
	return moveView(set.Move), nil
}

func (h handlers) begin(c *wire.Call) (any, error) {
	m, err := h.app.Cloud.Begin(c.Ctx(), c.Actor)
	return moveView(m), err
}

func (h handlers) stop(c *wire.Call) (any, error) {
	m, err := h.app.Cloud.Stop(c.Ctx(), c.Actor)
	return moveView(m), err
}

func shown(set *cloud.Set) Credentials {
	return Credentials{Items: credentials(set.Current), Retired: credentials(set.Retired), Appliance: Share(set.Appliance), Move: moveView(set.Move),
		Max: set.Most, Version: set.Version, ModifiedAt: rest.Moment(set.Modified), ModifiedBy: set.By}
}

func credentials(held []cloud.Held) []Credential {
	out := make([]Credential, len(held))
	for i, h := range held {
		out[i] = Credential{ID: h.ID, URL: h.URL, Bucket: h.Bucket, Region: h.Region, Style: h.Style, AccessKey: h.Key, Pieces: h.Pieces, Bytes: h.Bytes,
			Health:    Health{State: string(h.Health.State), Reason: string(h.Health.Reason), Text: h.Health.Text, Since: rest.Moment(h.Health.Since)},
			CreatedAt: h.Created.UTC(), ModifiedAt: h.Modified.UTC(), VerifiedAt: rest.Moment(h.Verified), RetiredAt: rest.Moment(h.Credential.Retired)}
		if h.Health.Reason != "" {
			out[i].Health.NextAt = rest.Moment(h.Health.Next)
		}
	}
	return out
}

func moveView(m cloud.Move) Move {
	return Move{State: string(m.State), Task: m.Task, Pieces: m.Pieces, Bytes: m.Bytes, Left: Share(m.Left), Lost: m.Lost,
		StartedAt: rest.Moment(m.Started), Error: m.Error}
}
