package personal

import (
	"time"

	"stoa/api/v1/rest"
	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/message"
)

// Template is the wording of short messages and e-mails for one purpose in one
// language.
type Template struct {
	Purpose        string          `json:"purpose" description:"sign_up_code, password_reset, …"`
	Language       string          `json:"language" enum:"en,zh"`
	Name           string          `json:"name" description:"how administrators call it; empty = nothing of their own"`
	Subject        string          `json:"subject" description:"of an e-mail; a short message has none"`
	Body           string          `json:"body"`
	BuiltinSubject string          `json:"builtin_subject"`
	BuiltinBody    string          `json:"builtin_body"`
	Changed        bool            `json:"changed" description:"it differs from what the product comes with"`
	Active         bool            `json:"active" description:"the server sends in this language"`
	Values         []TemplateValue `json:"values" description:"that it may have"`
	ModifiedAt     *time.Time      `json:"modified_at,omitempty"`
	ModifiedBy     string          `json:"modified_by"`
}

// TemplateValue is something that the server puts into a text.
type TemplateValue struct {
	Name   string `json:"name" description:"written {{name}} in a text"`
	Sample string `json:"sample"`
	Needed bool   `json:"needed" description:"the body must have it"`
}

// Templates are all texts.
type Templates struct {
	Items []Template `json:"items"`
}

// TemplateText is a wording.
type TemplateText struct {
	Name    string `json:"name,omitempty" maxLength:"64"`
	Subject string `json:"subject,omitempty" maxLength:"200"`
	Body    string `json:"body" minLength:"1" maxLength:"2000"`
}

// TemplatePreview is a wording with sample values.
type TemplatePreview struct {
	Subject string `json:"subject"`
	Body    string `json:"body"`
}

type byPurpose struct {
	Purpose  string `path:"purpose" minLength:"1" maxLength:"64"`
	Language string `path:"language" enum:"en,zh"`
}

func (h handlers) templateRoutes() []wire.Route {
	const tag, one = "templates", "/v1/templates/{purpose}/{language}"
	read, write := access.Of(access.TemplateRead), access.Of(access.TemplateWrite)
	return []wire.Route{
		{Method: "GET", Path: "/v1/templates", Name: "v1.templates.list", Handle: h.templates, Needs: read, Out: Templates{}, Tag: tag,
			Summary: "List the texts of short messages and e-mails"},
		{Method: "GET", Path: one, Params: byPurpose{}, Name: "v1.templates.get", Handle: h.template, Needs: read, Out: Template{}, Tag: tag,
			Summary: "Read a text"},
		{Method: "PUT", Path: one, Params: byPurpose{}, Name: "v1.templates.update", Handle: h.setTemplate, Needs: write, In: TemplateText{},
			Out: Template{}, Tag: tag, Summary: "Change a text"},
		{Method: "DELETE", Path: one, Params: byPurpose{}, Name: "v1.templates.reset", Handle: h.resetTemplate, Needs: write, Out: Template{},
			Tag: tag, Summary: "Go back to the text that the product comes with"},
		{Method: "POST", Path: one + "/preview", Params: byPurpose{}, Name: "v1.templates.preview", Handle: h.previewTemplate, Needs: read,
			In: TemplateText{}, Out: TemplatePreview{}, Tag: tag, Summary: "Show a text with sample values, without changing anything"},
	}
}

func templateOf(t *message.Template) Template {
	out := Template{Purpose: t.Purpose, Language: t.Language, Name: t.Name, Subject: t.Subject, Body: t.Body, BuiltinSubject: t.Builtin[0],
		BuiltinBody: t.Builtin[1], Changed: t.Changed, Active: t.Active, ModifiedAt: rest.Moment(t.Modified), ModifiedBy: t.ModifiedBy}
	for _, v := range t.Values {
		out.Values = append(out.Values, TemplateValue{Name: v.Name, Sample: v.Sample, Needed: v.Needed})
	}
	return out
}

func (h handlers) templates(c *wire.Call) (any, error) {
	all, err := h.app.Message.Templates(c.Ctx(), c.Actor)
	if err != nil {
		return nil, err
	}
	out := Templates{Items: make([]Template, len(all))}
	for i := range all {
		out.Items[i] = templateOf(&all[i])
	}
	return out, nil
}

func shownTemplate(t *message.Template, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return templateOf(t), nil
}

func (h handlers) template(c *wire.Call) (any, error) {
	return shownTemplate(h.app.Message.Template(c.Ctx(), c.Actor, c.Path("purpose"), c.Path("language")))
}

func (h handlers) setTemplate(c *wire.Call) (any, error) {
	var in TemplateText
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	return shownTemplate(h.app.Message.SetTemplate(c.Ctx(), c.Actor, c.Path("purpose"), c.Path("language"),
		message.Wording{Name: in.Name, Subject: in.Subject, Body: in.Body}))
}

func (h handlers) resetTemplate(c *wire.Call) (any, error) {
	return shownTemplate(h.app.Message.ResetTemplate(c.Ctx(), c.Actor, c.Path("purpose"), c.Path("language")))
}

func (h handlers) previewTemplate(c *wire.Call) (any, error) {
	var in TemplateText
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	subject, body, err := h.app.Message.Preview(c.Actor, c.Path("purpose"), c.Path("language"), message.Wording{Name: in.Name, Subject: in.Subject, Body: in.Body})
	if err != nil {
		return nil, err
	}
	return TemplatePreview{Subject: subject, Body: body}, nil
}
