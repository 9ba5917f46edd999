package pcloud

import (
	"strings"

	"stoa/api/wire"
	"stoa/app/fault"
	"stoa/app/message"
)

// smsView is the text of a message. code is its purpose and language:
// "sign_up_code.zh".
type smsView struct {
	ID          int    `json:"id"`
	Name        string `json:"name"`
	Code        string `json:"code"`
	Description string `json:"description"`
	modified
}

func (h handlers) smsRoutes(prefix string) []wire.Route {
	sms := prefix + "/integration/admin/sms"
	return []wire.Route{
		{Method: "POST", Path: sms + "/page", Name: "pcloud.sms.page", Handle: h.smsPage},
		{Method: "POST", Path: sms + "/create", Name: "pcloud.sms.create", Handle: h.smsSave},
		{Method: "PUT", Path: sms + "/modify", Name: "pcloud.sms.modify", Handle: h.smsSave},
		{Method: "POST", Path: sms + "/modify", Name: "pcloud.sms.modify", Handle: h.smsSave},
		{Method: "DELETE", Path: sms + "/{id}/delete", Name: "pcloud.sms.delete", Handle: h.smsDelete},
		{Method: "POST", Path: sms + "/{id}/delete", Name: "pcloud.sms.delete", Handle: h.smsDelete},
	}
}

// smsAll lists the texts; the id of one is its place in the order of the
// purposes, Chinese before English, whatever language the server sends in.
func (h handlers) smsAll(c *wire.Call) ([]smsView, error) {
	all, err := h.app.Message.Templates(c.Ctx(), c.Actor)
	if err != nil {
		return nil, err
	}
	rows := make([]smsView, 0, len(all))
	for i := range all {
		t := &all[i]
		row := smsView{Name: t.Name, Code: t.Purpose + "." + t.Language, Description: t.Body, modified: modified{h.stamp(t.Modified), orNull(t.ModifiedBy)}}
		if row.Name == "" {
			row.Name = t.Subject
		}
		for place, purpose := range message.Purposes() {
			if purpose == t.Purpose {
				row.ID = place + 1
			}
		}
		if t.Language == message.English {
			row.ID += len(message.Purposes())
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func (h handlers) smsPage(c *wire.Call) (any, error) {
	var in struct {
		paging
		Name wire.Text `json:"name"`
		Code wire.Text `json:"code"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	number, size, err := in.check()
	if err != nil {
		return nil, err
	}
	all, err := h.smsAll(c)
	if err != nil {
		return nil, err
	}
	found := []smsView{}
	for _, row := range all {
		if strings.Contains(row.Name, string(in.Name)) && strings.Contains(row.Code, string(in.Code)) {
			found = append(found, row)
		}
	}
	begin := min((min(number, len(found)+1)-1)*size, len(found))
	return list{found[begin:min(begin+size, len(found))], len(found), false}, nil
}

// smsSave gives a message another text. There are as many as the server sends:
// one with a code that it never sends is refused, with the codes that there are.
func (h handlers) smsSave(c *wire.Call) (any, error) {
	var in struct {
		Name        wire.Text `json:"name"`
		Code        wire.Text `json:"code"`
		Description wire.Text `json:"description"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if err := missing("code", string(in.Code), "description", string(in.Description)); err != nil {
		return nil, err
	}
	purpose, language, _ := strings.Cut(string(in.Code), ".")
	if language == "" {
		language = message.Chinese
	}
	_, err := h.app.Message.SetTemplate(c.Ctx(), c.Actor, purpose, language, message.Wording{Name: string(in.Name), Body: string(in.Description)})
	return nil, err
}

// smsDelete goes back to the text that the product comes with.
func (h handlers) smsDelete(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	all, err := h.smsAll(c)
	if err != nil {
		return nil, err
	}
	for _, row := range all {
		if uint64(row.ID) == id {
			purpose, language, _ := strings.Cut(row.Code, ".")
			_, err := h.app.Message.ResetTemplate(c.Ctx(), c.Actor, purpose, language)
			return nil, err
		}
	}
	return nil, fault.New(fault.NotFound, "template.not_found", "id", "there is no text %d", id)
}
