package gallery

import (
	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/fault"
	"stoa/app/session"
)

// add opens an account in the organisation that the configuration names.
func (h handlers) add(c *wire.Call) (any, error) {
	var in struct {
		Email    string    `json:"email"`
		Username wire.Text `json:"username"`
		Password wire.Text `json:"password"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if err := missing("email", in.Email, "username", string(in.Username), "password", string(in.Password)); err != nil {
		return nil, err
	}
	_, err := h.app.Account.Register(c.Ctx(), c.Origin(), account.Registration{
		Name: string(in.Username), Email: in.Email, Password: string(in.Password),
	})
	if err != nil {
		return nil, err
	}
	return done{1}, nil
}

// queryView is somebody as others see them; with the right password also the
// id and a token.
type queryView struct {
	Code     int      `json:"code"`
	Username string   `json:"username"`
	Email    string   `json:"email"`
	Login    bool     `json:"login"`
	Follow   []string `json:"follow_user"`
	Followed []string `json:"followed_user"`
	ID       uint64   `json:"id,omitempty"`
	Token    string   `json:"token,omitempty"`
}

// query looks somebody up and, with a password, signs them in. A wrong password
// is no failure here: `login` stays false.
func (h handlers) query(c *wire.Call) (any, error) {
	var in struct {
		Username wire.Text `json:"username"`
		Password wire.Text `json:"password"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if err := missing("username", string(in.Username)); err != nil {
		return nil, err
	}
	by := c.Actor
	var grant *session.Grant
	if in.Password != "" {
		g, err := h.app.Session.Login(c.Ctx(), c.Origin(), session.Login{Login: string(in.Username), Password: string(in.Password), Shape: session.ShapeOpaque})
		switch {
		case err == nil:
			grant, by = g, g.Actor
		case fault.KindOf(err) != fault.Unauthenticated:
			return nil, err
		}
	}
	p, err := h.app.Follow.Profile(c.Ctx(), by, string(in.Username))
	if err != nil {
		return nil, err
	}
	v := queryView{Code: 1, Username: p.Name, Email: p.Email, Follow: list(p.Follow), Followed: list(p.Followed)}
	if grant != nil {
		v.Login, v.ID, v.Token = true, grant.Account.ID, grant.Token
	}
	return v, nil
}

// follow makes one person follow another, or no longer. Only in the closed
// network that `gallery.anonymous` is for does the body say who follows.
func (h handlers) follow(c *wire.Call) (any, error) {
	var in struct {
		From wire.Text `json:"from_user_name"`
		To   wire.Text `json:"to_user_name"`
		On   *wire.Int `json:"follow_bool"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if err := missing("from_user_name", string(in.From), "to_user_name", string(in.To)); err != nil {
		return nil, err
	}
	if in.On == nil || *in.On != 0 && *in.On != 1 {
		return nil, fault.New(fault.Invalid, "gallery.follow_bool", "follow_bool", "follow_bool must be 1 to follow or 0 to stop")
	}
	by, err := h.follower(c, string(in.From))
	if err != nil {
		return nil, err
	}
	if err := h.app.Follow.Set(c.Ctx(), by, string(in.To), *in.On == 1); err != nil {
		return nil, err
	}
	return done{1}, nil
}

// follower is the caller, who must be the person named; in a network declared
// closed it is the person named, whoever calls.
func (h handlers) follower(c *wire.Call, name string) (access.Actor, error) {
	p, err := h.app.Follow.Profile(c.Ctx(), c.Actor, name)
	if err != nil {
		return access.Actor{}, err
	}
	switch {
	case c.Actor.Account == p.ID:
		return c.Actor, nil
	case h.app.Config.Gallery.Anonymous && !c.Actor.SignedIn():
		return access.Actor{Account: p.ID, Name: p.Name, Origin: c.Origin()}, nil
	}
	return access.Actor{}, fault.New(fault.Denied, "gallery.follow_self", "from_user_name", "from_user_name must be the signed-in user")
}

// list is never null on the wire.
func list(names []string) []string {
	if names == nil {
		return []string{}
	}
	return names
}

// missing refuses the first empty value of name, value, name, value, …
func missing(pairs ...string) error {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			return fault.New(fault.Missing, "gallery.missing", pairs[i], "%s is missing", pairs[i])
		}
	}
	return nil
}
