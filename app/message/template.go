package message

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/store"
)

// Limits of a text, in characters.
const (
	maxTemplateName = 64
	maxSubject      = 200
	maxBody         = 2000
)

// Template is the wording of one purpose in one language, as it is sent.
type Template struct {
	Purpose  string
	Language string // en or zh
	Name     string // how administrators call it; "" = nothing of their own
	Subject  string // of an e-mail; a short message has none
	Body     string
	Builtin  [2]string // subject and body that the product comes with
	Changed  bool      // it differs from those
	Active   bool      // the server sends in this language
	Values   []Value   // that it may have, as {{name}}

	Modified   time.Time // zero = never
	ModifiedBy string
}

// Value is something that the server puts into a text.
type Value struct {
	Name   string
	Sample string // for previews
	Needed bool   // without it the message would be of no use
}

// templateRow is a wording that an administrator gave.
type templateRow struct {
	Purpose    string    `cbor:"1,keyasint"`
	Language   string    `cbor:"2,keyasint"`
	Name       string    `cbor:"3,keyasint,omitempty"`
	Subject    string    `cbor:"4,keyasint,omitempty"`
	Body       string    `cbor:"5,keyasint"`
	Modified   time.Time `cbor:"6,keyasint"`
	ModifiedBy string    `cbor:"7,keyasint,omitempty"`
}

func templateKey(purpose, language string) store.Key { return store.K().Str(purpose).Str(language) }

// Purposes lists the purposes that have texts.
func Purposes() []string {
	return []string{SignUpCode, SignInCode, PhoneCode, EmailCode, PasswordReset, AccountNotice, TestMessage}
}

// valuesOf are what the texts of a purpose may have.
func (s *Service) valuesOf(purpose string) []Value {
	product := Value{Name: "product", Sample: s.deps.Product}
	link := Value{Name: "link", Sample: "https://stoa.example.com/console/reset?token=example", Needed: true}
	minutes := Value{Name: "minutes", Sample: "5"}
	name := Value{Name: "name", Sample: "qiu.wen"}
	switch purpose {
	case PasswordReset:
		return []Value{product, name, minutes, link}
	case AccountNotice:
		return []Value{product, {Name: "by", Sample: "lin.yao"}, name, {Name: "hours", Sample: "72"}, link}
	case TestMessage:
		return []Value{product}
	}
	return []Value{product, {Name: "code", Sample: "482915", Needed: true}, minutes}
}

func (s *Service) language() string {
	if s.deps.Language == English {
		return English
	}
	return Chinese
}

// wording is the text that is sent.
func (s *Service) wording(r store.Reader, language, purpose string) (text, error) {
	t, ok := builtin(language, purpose)
	if !ok {
		return text{}, fault.New(fault.Internal, "message.purpose", "", "there is no text for messages of the purpose %q", purpose)
	}
	own, err := s.templates.Get(r, templateKey(purpose, language))
	if errors.Is(err, store.ErrNotFound) {
		return t, nil
	}
	if err != nil {
		return text{}, fault.Wrap(err)
	}
	return text{own.Subject, own.Body}, nil
}

// Templates lists all texts, those of the server's language first.
func (s *Service) Templates(ctx context.Context, by access.Actor) ([]Template, error) {
	if err := by.Need(access.TemplateRead); err != nil {
		return nil, err
	}
	languages := []string{Chinese, English}
	if s.language() == English {
		slices.Reverse(languages)
	}
	var all []Template
	err := s.db.View(ctx, func(r store.Reader) error {
		all = nil
		for _, language := range languages {
			for _, purpose := range Purposes() {
				t, err := s.template(r, purpose, language)
				if err != nil {
					return err
				}
				all = append(all, *t)
			}
		}
		return nil
	})
	return all, fault.Wrap(err)
}

// Template is the text of a purpose in a language.
func (s *Service) Template(ctx context.Context, by access.Actor, purpose, language string) (t *Template, err error) {
	if err := by.Need(access.TemplateRead); err != nil {
		return nil, err
	}
	err = s.db.View(ctx, func(r store.Reader) error {
		t, err = s.template(r, purpose, language)
		return err
	})
	return t, fault.Wrap(err)
}

func (s *Service) template(r store.Reader, purpose, language string) (*Template, error) {
	base, ok := builtin(language, purpose)
	if !ok || language != English && language != Chinese {
		return nil, fault.New(fault.NotFound, "template.not_found", "purpose", "there are no texts for %q in %q: the purposes are %s, the languages en and zh", purpose, language, strings.Join(Purposes(), ", "))
	}
	t := &Template{Purpose: purpose, Language: language, Subject: base.subject, Body: base.body, Builtin: [2]string{base.subject, base.body},
		Active: language == s.language(), Values: s.valuesOf(purpose)}
	own, err := s.templates.Get(r, templateKey(purpose, language))
	if errors.Is(err, store.ErrNotFound) {
		return t, nil
	}
	if err != nil {
		return nil, err
	}
	t.Name, t.Subject, t.Body, t.Changed, t.Modified, t.ModifiedBy = own.Name, own.Subject, own.Body, true, own.Modified, own.ModifiedBy
	return t, nil
}

// Wording is what SetTemplate changes a text to.
type Wording struct{ Name, Subject, Body string }

// clean holds a wording to what can be sent: no value that the server would not
// have, and none left out without which the message is of no use.
func (w Wording) clean(values []Value) (Wording, error) {
	for _, f := range []struct {
		text        *string
		field       string
		least, most int
	}{{&w.Name, "name", 0, maxTemplateName}, {&w.Subject, "subject", 1, maxSubject}, {&w.Body, "body", 1, maxBody}} {
		*f.text = strings.TrimSpace(strings.ReplaceAll(*f.text, "\r\n", "\n"))
		n := utf8.RuneCountInString(*f.text)
		bad := strings.ContainsFunc(*f.text, func(r rune) bool { return !unicode.IsPrint(r) && (r != '\n' || f.field != "body") })
		if n < f.least || n > f.most || bad || !utf8.ValidString(*f.text) {
			return w, fault.New(fault.Invalid, "template.text", f.field, "the %s has %d to %d visible characters", f.field, f.least, f.most)
		}
	}
	for field, source := range map[string]string{"subject": w.Subject, "body": w.Body} {
		if err := known(field, source, values); err != nil {
			return w, err
		}
	}
	for _, v := range values {
		if v.Needed && !slices.Contains(gaps(w.Body), v.Name) {
			return w, fault.New(fault.Missing, "template.needed", "body", "the text must have {{%s}}: without it the message is of no use", v.Name)
		}
	}
	return w, nil
}

// gaps are the names of the values that a text has.
func gaps(source string) (names []string) {
	for _, found := range gap.FindAllStringSubmatch(source, -1) {
		names = append(names, found[1])
	}
	return names
}

func known(field, source string, values []Value) error {
	var all []string
	for _, v := range values {
		all = append(all, "{{"+v.Name+"}}")
	}
	for _, name := range gaps(source) {
		if !slices.Contains(all, "{{"+name+"}}") {
			return fault.New(fault.Invalid, "template.unknown", field, "{{%s}} is no value of this message: it has %s", name, strings.Join(all, ", "))
		}
	}
	if rest := gap.ReplaceAllString(source, ""); strings.Contains(rest, "{{") || strings.Contains(rest, "}}") {
		return fault.New(fault.Invalid, "template.braces", field, "a value is written {{name}}; this message has %s", strings.Join(all, ", "))
	}
	return nil
}

// Preview is a wording with sample values, or why it is refused.
func (s *Service) Preview(by access.Actor, purpose, language string, w Wording) (subject, body string, err error) {
	if err := by.Need(access.TemplateRead); err != nil {
		return "", "", err
	}
	base, ok := builtin(language, purpose)
	if !ok {
		return "", "", fault.New(fault.NotFound, "template.not_found", "purpose", "there are no texts for %q", purpose)
	}
	if strings.TrimSpace(w.Subject) == "" {
		w.Subject = base.subject
	}
	values := s.valuesOf(purpose)
	if w, err = w.clean(values); err != nil {
		return "", "", err
	}
	samples := map[string]string{}
	for _, v := range values {
		samples[v.Name] = v.Sample
	}
	return compose(text{w.Subject, w.Body}, samples)
}

// SetTemplate changes the text of a purpose in a language. An empty subject
// stays what the product comes with.
func (s *Service) SetTemplate(ctx context.Context, by access.Actor, purpose, language string, w Wording) (*Template, error) {
	return s.changeTemplate(ctx, by, purpose, language, func(tx *store.Tx, t *Template) error {
		if strings.TrimSpace(w.Subject) == "" {
			w.Subject = t.Builtin[0]
		}
		clean, err := w.clean(t.Values)
		if err != nil {
			return err
		}
		row := &templateRow{Purpose: purpose, Language: language, Name: clean.Name, Subject: clean.Subject, Body: clean.Body,
			Modified: tx.Now(), ModifiedBy: by.Name}
		if err := s.templates.Put(tx, row); err != nil {
			return err
		}
		return s.templateEntry(tx, by, "template.update", t, audit.Change{Field: "subject", Old: t.Subject, New: clean.Subject},
			audit.Change{Field: "body", Old: t.Body, New: clean.Body})
	})
}

// ResetTemplate goes back to the text that the product comes with.
func (s *Service) ResetTemplate(ctx context.Context, by access.Actor, purpose, language string) (*Template, error) {
	return s.changeTemplate(ctx, by, purpose, language, func(tx *store.Tx, t *Template) error {
		if !t.Changed {
			return nil
		}
		if err := s.templates.Delete(tx, templateKey(purpose, language)); err != nil {
			return err
		}
		return s.templateEntry(tx, by, "template.reset", t, audit.Change{Field: "body", Old: t.Body, New: t.Builtin[1]})
	})
}

func (s *Service) changeTemplate(ctx context.Context, by access.Actor, purpose, language string, fn func(*store.Tx, *Template) error) (*Template, error) {
	if err := by.Need(access.TemplateWrite); err != nil {
		return nil, err
	}
	var t *Template
	err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
		if t, err = s.template(tx, purpose, language); err != nil {
			return err
		}
		if err := fn(tx, t); err != nil {
			return err
		}
		t, err = s.template(tx, purpose, language)
		return err
	})
	return t, fault.Wrap(err)
}

func (s *Service) templateEntry(tx *store.Tx, by access.Actor, action string, t *Template, changes ...audit.Change) error {
	changes = slices.DeleteFunc(changes, func(c audit.Change) bool { return c.Old == c.New })
	return s.deps.Audit.AddTx(tx, by, audit.Entry{Action: action, ObjectKind: "template", ObjectID: t.Purpose + "." + t.Language, Tenant: by.Tenant, Changes: changes})
}
