package personal

import (
	"io"
	"net/http"

	"stoa/api/v1/view"
	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/avatar"
)

// pictureBody is how large a request with a picture may be: the picture, and the
// form around it.
const pictureBody = avatar.MaxBytes + 64<<10

type byPicture struct {
	Picture string `path:"picture" minLength:"32" maxLength:"32"`
}

func (h handlers) avatarRoutes() []wire.Route {
	const how = ": the body is the file (PNG, JPEG, GIF or WebP, up to 5 MiB), or a form with it as file"
	one := "/v1/accounts/{id}/avatar"
	return []wire.Route{
		{Method: "PUT", Path: "/v1/me/avatar", Name: "v1.me.avatar", Handle: h.setMyAvatar, MaxBody: pictureBody, Out: view.Account{}, Tag: "me",
			Summary: "Set my picture" + how},
		{Method: "DELETE", Path: "/v1/me/avatar", Name: "v1.me.remove_avatar", Handle: h.dropMyAvatar, Out: view.Account{}, Tag: "me",
			Summary: "Remove my picture"},
		{Method: "PUT", Path: one, Name: "v1.accounts.avatar", Handle: h.setAvatar, MaxBody: pictureBody, Needs: access.Of(access.AccountRead, access.AccountUpdate),
			Out: view.Account{}, Tag: "accounts", Summary: "Set an account's picture" + how},
		{Method: "DELETE", Path: one, Name: "v1.accounts.remove_avatar", Handle: h.dropAvatar, Needs: access.Of(access.AccountRead, access.AccountUpdate),
			Out: view.Account{}, Tag: "accounts", Summary: "Remove an account's picture"},
		{Method: "GET", Path: avatar.Path + "{picture}", Params: byPicture{}, Name: "v1.avatars.get", Handle: h.picture, Public: true,
			Tag: "accounts", Summary: "A picture; its address is in the account and can't be guessed"},
	}
}

func (h handlers) setMyAvatar(c *wire.Call) (any, error) { return h.upload(c, c.Actor.Account) }

func (h handlers) dropMyAvatar(c *wire.Call) (any, error) { return h.show(c, c.Actor.Account, "") }

func (h handlers) setAvatar(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	return h.upload(c, id)
}

func (h handlers) dropAvatar(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	return h.show(c, id, "")
}

// upload keeps the picture that the request brings and lets an account show it.
func (h handlers) upload(c *wire.Call, id uint64) (any, error) {
	if _, err := h.app.Account.Get(c.Ctx(), c.Actor, id); err != nil {
		return nil, err // before the work of decoding
	}
	if id != c.Actor.Account {
		if err := c.Actor.Need(access.AccountUpdate); err != nil {
			return nil, err
		}
	}
	_, raw, err := c.Upload("file")
	if err != nil {
		return nil, err
	}
	p, err := h.app.Avatar.Upload(c.Ctx(), c.Actor, raw)
	if err != nil {
		return nil, err
	}
	return h.show(c, id, p.URL())
}

func (h handlers) show(c *wire.Call, id uint64, url string) (any, error) {
	a, err := h.app.Account.Update(c.Ctx(), c.Actor, id, account.Change{Avatar: &url}, 0)
	if err != nil {
		return nil, err
	}
	return view.TaggedAccount(c, h.app, a)
}

// picture hands a picture out. It never changes: another one has another address.
func (h handlers) picture(c *wire.Call) (any, error) {
	p, body, err := h.app.Avatar.Open(c.Ctx(), c.Path("picture"))
	if err != nil {
		return nil, err
	}
	header := http.Header{"Etag": {`"` + p.SHA256 + `"`}, "Cache-Control": {"public, max-age=31536000, immutable"}}
	if c.Header("If-None-Match") == header.Get("Etag") {
		return wire.Response{Status: http.StatusNotModified, Header: header}, body.Close()
	}
	return wire.WithHeader{Header: header, Value: wire.File{Type: p.Type, Size: p.Size, Write: func(w io.Writer) error {
		defer body.Close()
		_, err := io.Copy(w, body)
		return err
	}}}, nil
}
