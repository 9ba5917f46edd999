package message_test

import (
	"strings"
	"testing"

	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/apptest"
	"stoa/app/message"
)

func TestTextsOfAdministratorsAreSent(t *testing.T) {
	a := apptest.Open(t)
	ctx := t.Context()
	text := message.Wording{Body: "Your number at {{product}}: {{ code }} ({{.minutes}} min)"}
	if _, err := a.Message.SetTemplate(ctx, a.Super, message.SignUpCode, message.Chinese, text); err != nil {
		t.Fatal(err)
	}
	phone := apptest.Phone(1)
	if err := a.App.Account.SendCode(ctx, apptest.Origin("test"), account.PurposeSignUp, phone, 2); err != nil {
		t.Fatal(err)
	}
	page, err := a.Message.List(ctx, a.Super, message.Filter{To: phone})
	if err != nil || len(page.Items) != 1 || !strings.HasPrefix(page.Items[0].Body, "Your number at stoa: ") || strings.Contains(page.Items[0].Body, "{{") {
		t.Errorf("sent: %+v %v", page.Items, err)
	}
	a.Verify()
}

func TestTextsThatCannotBeSent(t *testing.T) {
	a := apptest.Open(t)
	for body, code := range map[string]string{
		"":                                     "template.text",
		"no number":                            "template.needed",
		"{{code}} {{password}}":                "template.unknown",
		"{{code}} {{.Values}}":                 "template.braces",
		"{{code}} {{range .}}":                 "template.braces",
		"{{code}} }}":                          "template.braces",
		"{{code}}\x00":                         "template.text",
		"{{code}}" + strings.Repeat("x", 2000): "template.text",
		"{{code}} { fine }":                    "",
	} {
		_, _, err := a.Message.Preview(a.Super, message.SignUpCode, message.English, message.Wording{Body: body})
		apptest.Want(t, err, code)
	}
	admin := a.Actor(a.Account(1, "chief", access.RoleAdmin))
	_, err := a.Message.SetTemplate(t.Context(), admin, message.SignUpCode, message.English, message.Wording{Body: "{{code}}"})
	apptest.Want(t, err, "access.denied")
	_, err = a.Message.Template(t.Context(), a.Super, message.SignUpCode, "fr")
	apptest.Want(t, err, "template.not_found")
}

// Whatever an administrator writes is refused, or can be sent with the values
// that the server has.
func FuzzTemplates(f *testing.F) {
	for _, seed := range []string{"{{code}}", "{{.code}}", "{{ code }} {{product}}", "{{", "}}", "{{code}}{{", "{{{code}}}"} {
		f.Add(seed)
	}
	a := apptest.Open(f)
	f.Fuzz(func(t *testing.T, body string) {
		_, out, err := a.Message.Preview(a.Super, message.SignUpCode, message.English, message.Wording{Body: body})
		if err == nil && (strings.Contains(out, "{{code}}") || !strings.Contains(out, "482915")) {
			t.Fatalf("%q is sent as %q", body, out)
		}
	})
}
