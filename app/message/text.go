package message

import (
	"fmt"
	"regexp"
)

// text is the wording of one purpose in one language. Values are {{code}},
// {{minutes}}, {{link}}, {{hours}}, {{by}}, {{name}}, {{organisation}}
// and {{product}}.
type text struct{ subject, body string }

func english() map[string]text {
	return map[string]text{
		SignUpCode: {"Your code", "{{product}}: {{code}} is your code to sign up. It is valid for {{minutes}} minutes. Tell it to nobody."},
		SignInCode: {"Your code", "{{product}}: {{code}} is your code to sign in. It is valid for {{minutes}} minutes. Tell it to nobody."},
		PhoneCode:  {"Your code", "{{product}}: {{code}} is your code to confirm this phone number. It is valid for {{minutes}} minutes."},
		EmailCode:  {"Confirm your e-mail address", "{{product}}: {{code}} is your code to confirm this e-mail address. It is valid for {{minutes}} minutes."},
		PasswordReset: {"Choose a new password", "{{product}}: somebody, probably you, asked for a new password for the account {{name}}. " +
			"Choose one here within {{minutes}} minutes: {{link}}\nIf it was not you, ignore this message: nothing has changed."},
		AccountNotice: {"An account was opened for you", "{{product}}: {{by}} has opened the account {{name}} for you. " +
			"Choose your password here within {{hours}} hours: {{link}}"},
		TestMessage: {"Test message", "{{product}}: this is a test message. Messages from here reach you."},
	}
}

func chinese() map[string]text {
	return map[string]text{
		SignUpCode:    {"验证码", "【{{product}}】您的注册验证码是 {{code}}，{{minutes}} 分钟内有效，请勿告诉他人。"},
		SignInCode:    {"验证码", "【{{product}}】您的登录验证码是 {{code}}，{{minutes}} 分钟内有效，请勿告诉他人。"},
		PhoneCode:     {"验证码", "【{{product}}】您正在验证手机号，验证码是 {{code}}，{{minutes}} 分钟内有效。"},
		EmailCode:     {"验证邮箱", "【{{product}}】您正在验证邮箱，验证码是 {{code}}，{{minutes}} 分钟内有效。"},
		PasswordReset: {"重设密码", "【{{product}}】有人（可能是您本人）申请重设帐号 {{name}} 的密码。请在 {{minutes}} 分钟内打开此链接设置新密码：{{link}}\n如非本人操作，请忽略，密码不会改变。"},
		AccountNotice: {"已为您开通帐号", "【{{product}}】{{by}} 为您开通了帐号 {{name}}。请在 {{hours}} 小时内打开此链接设置密码：{{link}}"},
		TestMessage:   {"测试消息", "【{{product}}】这是一条测试消息，您已能收到本系统的消息。"},
	}
}

// Languages of the texts.
const (
	English = "en"
	Chinese = "zh"
)

// builtin is the wording that the product comes with.
func builtin(language, purpose string) (text, bool) {
	texts := chinese()
	if language == English {
		texts = english()
	}
	t, ok := texts[purpose]
	return t, ok
}

// compose makes subject and body of a text. A value that the text needs and
// values lacks is an error: nobody is sent half a sentence.
func compose(t text, values map[string]string) (subject, body string, err error) {
	if subject, err = fill(t.subject, values); err != nil {
		return "", "", err
	}
	body, err = fill(t.body, values)
	return subject, body, err
}

// gap is a place for a value: {{code}}, or {{.code}} as texts used to have it.
var gap = regexp.MustCompile(`\{\{\s*\.?([a-z_]+)\s*\}\}`)

func fill(source string, values map[string]string) (string, error) {
	var missing error
	out := gap.ReplaceAllStringFunc(source, func(place string) string {
		name := gap.FindStringSubmatch(place)[1]
		v, ok := values[name]
		if !ok {
			missing = fmt.Errorf("message: the text needs a value for %q", name)
		}
		return v
	})
	return out, missing
}
