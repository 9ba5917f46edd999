package personal

import (
	"encoding/json"
	"net/http"
	"time"

	"stoa/api/wire"
	"stoa/app/preference"
)

// Preference is a setting that its owner alone sees.
type Preference struct {
	Key        string          `json:"key"`
	Value      json.RawMessage `json:"value" description:"any JSON"`
	ModifiedAt time.Time       `json:"modified_at"`
}

// Preferences are all of somebody's settings.
type Preferences struct {
	Items []Preference `json:"items" description:"by key"`
}

// PreferenceValue is what a setting is set to.
type PreferenceValue struct {
	Value json.RawMessage `json:"value" description:"any JSON, up to 16 KiB without spaces"`
}

// Place is a page or a record of the console.
type Place struct {
	Kind  string    `json:"kind" description:"page, or what sort of record: account"`
	ID    string    `json:"id" description:"of the record, or the page's name"`
	Title string    `json:"title"`
	Path  string    `json:"path" description:"within the console"`
	At    time.Time `json:"at" description:"when it was marked, or opened last"`
}

// Places are a list of them.
type Places struct {
	Items []Place `json:"items"`
}

// PlaceNew is a place to remember.
type PlaceNew struct {
	Kind  string `json:"kind" minLength:"1" maxLength:"64" pattern:"^[a-z0-9._-]+$"`
	ID    string `json:"id" minLength:"1" maxLength:"128"`
	Title string `json:"title,omitempty" maxLength:"200"`
	Path  string `json:"path" minLength:"1" maxLength:"1024" description:"begins with one /"`
}

// FavouriteList replaces all favourites.
type FavouriteList struct {
	Items []PlaceNew `json:"items" maxItems:"100"`
}

type byKey struct {
	Key string `path:"key" minLength:"1" maxLength:"64" pattern:"^[a-z0-9._-]+$"`
}

type byPlace struct {
	Kind string `path:"kind" minLength:"1" maxLength:"64"`
	ID   string `path:"record" minLength:"1" maxLength:"128"`
}

func (h handlers) preferenceRoutes() []wire.Route {
	const tag, all, one = "me", "/v1/me/preferences", "/v1/me/preferences/{key}"
	const marks = "/v1/me/favourites"
	return []wire.Route{
		{Method: "GET", Path: all, Name: "v1.preferences.list", Handle: h.preferences, Out: Preferences{}, Tag: tag, Summary: "List my settings"},
		{Method: "GET", Path: one, Params: byKey{}, Name: "v1.preferences.get", Handle: h.preference, Out: Preference{}, Tag: tag,
			Summary: "Read one of my settings"},
		{Method: "PUT", Path: one, Params: byKey{}, Name: "v1.preferences.put", Handle: h.setPreference, In: PreferenceValue{}, Out: Preference{},
			Tag: tag, Summary: "Keep a setting"},
		{Method: "DELETE", Path: one, Params: byKey{}, Name: "v1.preferences.delete", Handle: h.dropPreference, Status: http.StatusNoContent,
			Tag: tag, Summary: "Remove a setting"},
		{Method: "GET", Path: marks, Name: "v1.favourites.list", Handle: h.favourites, Out: Places{}, Tag: tag, Summary: "List my favourites"},
		{Method: "PUT", Path: marks, Name: "v1.favourites.put", Handle: h.setFavourites, In: FavouriteList{}, Out: Places{}, Tag: tag,
			Summary: "Replace my favourites, in this order"},
		{Method: "POST", Path: marks, Name: "v1.favourites.add", Handle: h.addFavourite, In: PlaceNew{}, Out: Places{}, Tag: tag,
			Summary: "Mark a page or a record"},
		{Method: "DELETE", Path: marks + "/{kind}/{record}", Params: byPlace{}, Name: "v1.favourites.delete", Handle: h.dropFavourite,
			Status: http.StatusNoContent, Tag: tag, Summary: "Take a favourite out"},
		{Method: "GET", Path: "/v1/me/recent", Name: "v1.recent.list", Handle: h.recent, Out: Places{}, Tag: tag,
			Summary: "What I opened last, the latest first"},
		{Method: "POST", Path: "/v1/me/recent", Name: "v1.recent.add", Handle: h.opened, In: PlaceNew{}, Status: http.StatusNoContent, Tag: tag,
			Summary: "Note that I opened a record"},
	}
}

func preferenceOf(p *preference.Preference) Preference {
	return Preference{Key: p.Key, Value: p.Value, ModifiedAt: p.Modified.UTC()}
}

func (h handlers) preferences(c *wire.Call) (any, error) {
	all, err := h.app.Preference.All(c.Ctx(), c.Actor)
	if err != nil {
		return nil, err
	}
	out := Preferences{Items: make([]Preference, len(all))}
	for i := range all {
		out.Items[i] = preferenceOf(&all[i])
	}
	return out, nil
}

func (h handlers) preference(c *wire.Call) (any, error) {
	p, err := h.app.Preference.Get(c.Ctx(), c.Actor, c.Path("key"))
	if err != nil {
		return nil, err
	}
	return preferenceOf(p), nil
}

func (h handlers) setPreference(c *wire.Call) (any, error) {
	var in PreferenceValue
	if err := c.JSON(&in); err != nil {
		return nil, err
	}
	p, err := h.app.Preference.Put(c.Ctx(), c.Actor, c.Path("key"), in.Value)
	if err != nil {
		return nil, err
	}
	return preferenceOf(p), nil
}

func (h handlers) dropPreference(c *wire.Call) (any, error) {
	return wire.NoContent{}, h.app.Preference.Delete(c.Ctx(), c.Actor, c.Path("key"))
}

func placesOf(items []preference.Place, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	out := Places{Items: make([]Place, len(items))}
	for i, p := range items {
		out.Items[i] = Place{Kind: p.Kind, ID: p.ID, Title: p.Title, Path: p.Path, At: p.At.UTC()}
	}
	return out, nil
}

func (in PlaceNew) place() preference.Place {
	return preference.Place{Kind: in.Kind, ID: in.ID, Title: in.Title, Path: in.Path}
}

func (h handlers) favourites(c *wire.Call) (any, error) {
	return placesOf(h.app.Preference.Favourites(c.Ctx(), c.Actor))
}

func (h handlers) setFavourites(c *wire.Call) (any, error) {
	var in FavouriteList
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	items := make([]preference.Place, len(in.Items))
	for i, p := range in.Items {
		items[i] = p.place()
	}
	return placesOf(h.app.Preference.SetFavourites(c.Ctx(), c.Actor, items))
}

func (h handlers) addFavourite(c *wire.Call) (any, error) {
	var in PlaceNew
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	return placesOf(h.app.Preference.Mark(c.Ctx(), c.Actor, in.place()))
}

func (h handlers) dropFavourite(c *wire.Call) (any, error) {
	return wire.NoContent{}, h.app.Preference.Unmark(c.Ctx(), c.Actor, c.Path("kind"), c.Path("record"))
}

func (h handlers) recent(c *wire.Call) (any, error) {
	return placesOf(h.app.Preference.Recent(c.Ctx(), c.Actor))
}

func (h handlers) opened(c *wire.Call) (any, error) {
	var in PlaceNew
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	return wire.NoContent{}, h.app.Preference.Opened(c.Ctx(), c.Actor, in.place())
}
