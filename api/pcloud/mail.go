package pcloud

import (
	"stoa/api/wire"
	"stoa/app/account"
	"stoa/app/fault"
	"stoa/app/notice"
)

// mailView is a notice, 站内信, as its reader sees it. state is true once it is
// read.
type mailView struct {
	ID           uint64 `json:"id"`
	Name         string `json:"name"`
	Description  string `json:"description"`
	State        bool   `json:"state"`
	Username     string `json:"username"`
	Avatar       string `json:"avatar"`
	SendUsername string `json:"sendUsername"`
	SendAvatar   string `json:"sendAvatar"`
	modified
}

func (h handlers) mailRoutes(prefix string) []wire.Route {
	mail, short := prefix+"/integration/admin/mail", prefix+"/admin/mail"
	routes := []wire.Route{
		{Method: "GET", Path: mail + "/quantity", Name: "pcloud.mail.quantity", Handle: h.mailQuantity},
		{Method: "POST", Path: mail + "/quantity", Name: "pcloud.mail.quantity", Handle: h.mailQuantity},
		{Method: "POST", Path: mail + "/page", Name: "pcloud.mail.page", Handle: h.mailPage},
	}
	for _, path := range []string{mail, short} {
		routes = append(routes, wire.Route{Method: "POST", Path: path + "/{id}/detail", Name: "pcloud.mail.detail", Handle: h.mailDetail})
	}
	return routes
}

func (h handlers) mailQuantity(c *wire.Call) (any, error) {
	return h.app.Notice.Unread(c.Ctx(), c.Actor)
}

// mailPage lists the caller's notices. `phone` names whose they are, as the
// front end sends it: of anybody else there are none to see.
func (h handlers) mailPage(c *wire.Call) (any, error) {
	var in struct {
		paging
		Name      wire.Text `json:"name"`
		Phone     wire.Text `json:"phone"`
		SendPhone wire.Text `json:"sendPhone"`
		State     wire.Text `json:"state"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	number, size, err := in.check()
	if err != nil {
		return nil, err
	}
	me, err := h.app.Account.Get(c.Ctx(), c.Actor, c.Actor.Account)
	if err != nil {
		return nil, err
	}
	f := notice.Filter{Title: string(in.Name), Sender: string(in.SendPhone), Page: number, Limit: size}
	if f.Read, err = readState(string(in.State)); err != nil {
		return nil, err
	}
	mine := h.userView(me, false)
	if to := string(in.Phone); to != "" && to != mine.Phone && to != me.Name {
		return list{[]mailView{}, 0, false}, nil
	}
	page, err := h.app.Notice.Mine(c.Ctx(), c.Actor, f)
	if err != nil {
		return nil, err
	}
	rows := make([]mailView, len(page.Items))
	for i := range page.Items {
		rows[i] = h.mail(&page.Items[i], mine)
	}
	return list{rows, page.Total, false}, h.senders(c, page.Items, rows)
}

// readState reads the front end's filter, where a cleared box is "".
func readState(s string) (*bool, error) {
	var read bool
	switch s {
	case "":
		return nil, nil
	case "true", "1":
		read = true
	case "false", "0":
	default:
		return nil, fault.New(fault.Invalid, "pcloud.state", "state", "state is true for what is read, false for what is not")
	}
	return &read, nil
}

func (h handlers) mail(n *notice.Notice, mine userView) mailView {
	return mailView{ID: n.ID, Name: n.Title, Description: n.Text, State: n.Read, Username: mine.Name, Avatar: mine.Avatar,
		SendUsername: n.SenderName, modified: modified{h.stamp(n.At), orNull(n.SenderName)}}
}

// senders fills in the pictures of those who sent what is shown, where the caller
// may see them.
func (h handlers) senders(c *wire.Call, notices []notice.Notice, rows []mailView) error {
	var who []uint64
	for i := range notices {
		who = append(who, notices[i].Sender)
	}
	if len(who) == 0 {
		return nil
	}
	page, err := h.app.Account.List(c.Ctx(), c.Actor, account.Filter{IDs: who, Limit: maxPageSize})
	if err != nil {
		return err
	}
	for _, a := range page.Items {
		for i := range rows {
			if notices[i].Sender == a.ID {
				rows[i].SendAvatar = avatarURL(a.Avatar)
			}
		}
	}
	return nil
}

// mailDetail is a notice, which is read from then on.
func (h handlers) mailDetail(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	n, err := h.app.Notice.Open(c.Ctx(), c.Actor, id)
	if err != nil {
		return nil, err
	}
	me, err := h.app.Account.Get(c.Ctx(), c.Actor, c.Actor.Account)
	if err != nil {
		return nil, err
	}
	rows := []mailView{h.mail(n, h.userView(me, false))}
	if err := h.senders(c, []notice.Notice{*n}, rows); err != nil {
		return nil, err
	}
	return rows[0], nil
}
