package api_test

import "maps"

// sample is a sensible request to one route. In its texts {account},
// {department}, {application}, {session}, {organisation}, {segment},
// {post}, {grade} and {audit} stand for a
// fresh object of somebody else in organisation 1, {name} for that account's
// user name, {self} and {me} for the caller's id and name, {new} for a name that
// is free, {phone} for a free phone.
type sample struct {
	query string // left out where form is sent
	json  string
	form  string // left out of GET
}

const (
	fixed   = `"correct staple 47 horse"` // apptest.Password
	another = `"tall reeds bend 27"`
)

// samples has one request for every route name. A route without one fails the
// test: nobody has thought about who may call it.
func samples() map[string]sample {
	all := ownSamples()
	maps.Copy(all, managingSamples())
	maps.Copy(all, sourceSamples())
	maps.Copy(all, dialectSamples())
	maps.Copy(all, openSamples())
	maps.Copy(all, personalSamples())
	maps.Copy(all, bulkSamples())
	maps.Copy(all, cloudSamples())
	maps.Copy(all, retentionSamples())
	maps.Copy(all, storageSamples())
	maps.Copy(all, kodoSamples())
	maps.Copy(all, companySamples())
	return all
}

// ownSamples are about the caller.
func ownSamples() map[string]sample {
	none := sample{}
	return map[string]sample{
		"v1.setup.get":                  none,
		"v1.setup.create":               {json: `{"token":"invented","name":"{new}","password":` + another + `}`},
		"v1.sessions.create":            {json: `{"login":"{name}","password":` + fixed + `}`},
		"v1.sessions.end_current":       none,
		"v1.sessions.tenant":            {json: `{"tenant":2}`},
		"v1.sessions.list":              {query: "account={account}"},
		"v1.sessions.end":               none,
		"v1.registration.organisations": none,
		"v1.registration.code":          {json: `{"phone":"{phone}","tenant":2}`},
		"v1.registration.create":        {json: `{"name":"{new}","phone":"{phone}","code":"000000","tenant":2,"password":` + another + `}`},
		"v1.password.forgot":            {json: `{"login":"{name}"}`},
		"v1.password.reset":             {json: `{"token":"invented","password":` + another + `}`},
		"v1.me.get":                     none,
		"v1.me.update":                  {json: `{"nickname":"Somebody"}`},
		"v1.me.password":                {json: `{"old":` + fixed + `,"new":` + another + `}`},
		"v1.me.sessions":                none,
		"v1.me.end_sessions":            none,
		"v1.me.token":                   none,
		"v1.me.rotate_token":            none,
		"v1.me.revoke_token":            none,
		"v1.me.totp_start":              none,
		"v1.me.totp_confirm":            {json: `{"code":"000000"}`},
		"v1.me.totp_stop":               {json: `{"password":` + fixed + `}`},
		"v1.me.recovery_codes":          {json: `{"password":` + fixed + `}`},
		"v1.me.passkeys":                none,
		"v1.me.passkey_options":         {json: `{"password":"x"}`},
		"v1.me.passkey_create":          {json: `{"name":"key","ceremony":"x","credential":{}}`},
		"v1.me.passkey_update":          {json: `{"name":"key"}`},
		"v1.me.passkey_delete":          none,
		"v1.passkeys.options":           none,
		"v1.sessions.strengthen":        {json: `{"ceremony":"x","credential":{}}`},
		"v1.puzzles.create":             {json: `{"login":"somebody"}`},
		"v1.home.get":                   none,
		"v1.events":                     none,
		"v1.openapi":                    none,
	}
}

// managingSamples are about others.
func managingSamples() map[string]sample {
	none := sample{}
	return map[string]sample{
		"v1.accounts.list":        {query: "limit=500"},
		"v1.accounts.create":      {json: `{"name":"{new}","password":` + another + `}`},
		"v1.accounts.bulk":        {json: `{"action":"disable","ids":[{account}]}`},
		"v1.accounts.get":         none,
		"v1.accounts.update":      {json: `{"nickname":"Changed"}`},
		"v1.accounts.delete":      none,
		"v1.accounts.password":    {json: `{"password":` + another + `}`},
		"v1.accounts.offline":     none,
		"v1.organisations.list":   {query: "limit=500"},
		"v1.organisations.create": {json: `{"name":"{new}"}`},
		"v1.organisations.get":    none,
		"v1.organisations.update": {json: `{"name":"{new}"}`},
		"v1.organisations.delete": none,
		"v1.departments.list":     {query: "limit=500"},
		"v1.departments.create":   {json: `{"name":"{new}","parent":{department}}`},
		"v1.departments.tree":     {query: "tenant=1"},
		"v1.departments.get":      none,
		"v1.departments.update":   {json: `{"name":"{new}"}`},
		"v1.departments.delete":   none,
		"v1.departments.move":     {json: `{"parent":1}`},
		"v1.posts.list":           {query: "limit=500"},
		"v1.posts.create":         {json: `{"name":"{new}"}`},
		"v1.posts.tree":           none,
		"v1.posts.get":            none,
		"v1.posts.update":         {json: `{"name":"{new}"}`},
		"v1.posts.delete":         none,
		"v1.grades.list":          {query: "limit=500"},
		"v1.grades.create":        {json: `{"name":"{new}"}`},
		"v1.grades.get":           none,
		"v1.grades.update":        {json: `{"name":"{new}"}`},
		"v1.grades.delete":        none,
		"v1.roles.list":           none,
		"v1.roles.create":         {json: `{"name":"{new}"}`},
		"v1.roles.get":            none,
		"v1.roles.update":         {json: `{"name":"{new}"}`},
		"v1.roles.delete":         none,
		"v1.roles.accounts":       none,
		"v1.roles.refresh":        none,
		"v1.roles.grant":          {json: `{"scope":"self"}`},
		"v1.permissions.holders":  none,
		"v1.access.check":         {json: `{"method":"GET","path":"/v1/accounts","account_id":{account}}`},
		"v1.access.refusals":      none,
		"v1.menus.list":           {query: "limit=500"},
		"v1.menus.tree":           none,
		"v1.menus.create":         {json: `{"type":"page","name":"{new}"}`},
		"v1.menus.get":            none,
		"v1.menus.update":         {json: `{"icon":"changed"}`},
		"v1.menus.delete":         none,
		"v1.resources.list":       {query: "limit=500"},
		"v1.resources.tree":       none,
		"v1.resources.create":     {json: `{"type":"button","name":"{new}"}`},
		"v1.resources.get":        none,
		"v1.resources.update":     {json: `{"name":"Changed"}`},
		"v1.resources.delete":     none,
		"v1.applications.list":    {query: "limit=500"},
		"v1.applications.create":  {json: `{"name":"{new}"}`},
		"v1.applications.get":     none,
		"v1.applications.delete":  none,
		"v1.applications.rotate":  none,
		"v1.segments.list":        {query: "limit=500"},
		"v1.segments.create":      {json: `{"tag":"{new}"}`},
		"v1.segments.get":         none,
		"v1.segments.update":      {json: `{"description":"Changed"}`},
		"v1.segments.draw":        {query: "n=3"},
		"v1.audit.list":           {query: "limit=500"},
		"v1.audit.get":            none,
		"v1.audit.verify":         none,
		"v1.outbox.list":          none,
		"pcloud.log.page":         {json: `{"page":1,"pageSize":10}`},
		"v1.dialects.list":        none,
		"v1.dialects.get":         {query: "days=7"},
		"v1.dialects.update":      {json: `{"enabled":true}`},
		"v1.backups.list":         none,
		"v1.backups.create":       none,
		"v1.backups.verify":       none,
		"v1.backups.download":     none,
		"v1.backups.delete":       none,
		"v1.system.get":           none,
		"v1.system.verify":        none,
		"v1.system.sample_load":   none,
		"v1.system.sample_drop":   none,
	}
}

// dialectSamples are the documented APIs'.
func dialectSamples() map[string]sample {
	none := sample{}
	return map[string]sample{
		"casdao.existence": {json: `{"username":"{name}"}`},
		"casdao.code":      {json: `{"mobilePhone":"{phone}","module":"注册验证","origin":"console","departmentId":2}`},
		"casdao.register": {json: `{"roleId":1,"roleCategory":1,"username":"{new}","password":` + another + `,"confirmPassword":` + another +
			`,"mobilePhone":"{phone}","code":"000000","departmentId":2,"origin":"console"}`},
		"casdao.login": {json: `{"username":"{name}","password":` + fixed + `,"source":"console","departmentId":1}`},
		"casdao.secondary": {json: `{"roleId":4,"roleCategory":4,"username":"{new}","password":` + another +
			`,"mobilePhone":"{phone}","departmentId":1,"departmentName":"default","origin":"console","parentId":-1,"clusterAccounts":[],"status":0,"notify":3,"module":"密码通知"}`},

		"datacanvas.user": {form: "name={new}&email={new}@example.com&password=tall+reeds+bend+27"},

		"channel.ologin":   {form: "grant_type=password&client_id=invented&client_secret=invented&username={name}&password=correct+staple+47+horse"},
		"channel.info":     none,
		"channel.password": {json: `{"oldpassword":` + fixed + `,"password":` + another + `}`},

		"gallery.add":    either("username={new}&email={new}@example.com&password=tall+reeds+bend+27"),
		"gallery.query":  either("username={name}"),
		"gallery.follow": either("from_user_name={me}&to_user_name={name}&follow_bool=1"),

		"pcloud.token":         {json: `{"phone":"{name}","password":` + fixed + `,"grantType":"ADMIN"}`},
		"pcloud.logout":        none,
		"pcloud.adminInfo":     {json: `{}`},
		"pcloud.user.create":   {json: `{"phone":"{phone}","name":"Somebody","password":` + another + `,"state":0,"roleIds":[6],"avatar":""}`},
		"pcloud.user.page":     {json: `{"page":1,"pageSize":500}`},
		"pcloud.user.modify":   {json: `{"id":{account},"name":"Changed","roleIds":[6]}`},
		"pcloud.user.offline":  none,
		"pcloud.user.download": {json: `{"ids":[{account}],"fileName":"users","type":"excel"}`},
		"pcloud.dept.page":     {json: `{"page":1,"pageSize":500}`},
		"pcloud.dept.create":   {json: `{"parentId":{department},"name":"{new}"}`},
		"pcloud.dept.modify":   {json: `{"id":{department},"name":"{new}"}`},
		"pcloud.dept.delete":   none,
		"pcloud.dept.org":      none,

		"pcloud.role.page":        {json: `{"page":1,"pageSize":500}`},
		"pcloud.role.list":        {json: `{}`},
		"pcloud.role.refresh":     none,
		"pcloud.role.create":      {json: `{"name":"{new}"}`},
		"pcloud.role.modify":      {json: `{"id":{role},"name":"{new}"}`},
		"pcloud.role.delete":      none,
		"pcloud.role.menu":        none,
		"pcloud.permission.grant": {json: `{"roleId":{role},"routers":[],"resources":[]}`},
		"pcloud.menu.page":        {json: `{"page":1,"pageSize":500}`},
		"pcloud.menu.create":      {json: `{"name":"{new}","sequence":1,"router":false,"hidden":false}`},
		"pcloud.menu.modify":      {json: `{"id":{menu},"name":"{new}","sequence":1,"router":false,"hidden":false}`},
		"pcloud.menu.delete":      none,
		"pcloud.resource.page":    {json: `{"page":1,"pageSize":500,"parentId":0}`},
		"pcloud.resource.list":    {json: `{"parentId":0}`},
		"pcloud.resource.tree":    {json: `{}`},
		"pcloud.resource.create":  {json: `{"name":"{new}","resourceUrl":"","bizType":1}`},
		"pcloud.resource.modify":  {json: `{"id":{resource},"name":"{new}","resourceUrl":"","bizType":1}`},
		"pcloud.resource.delete":  none,
		"pcloud.dept.list":        {json: `{}`},
		"pcloud.dept.tree":        {json: `{}`},
		"pcloud.post.page":        {json: `{"page":1,"pageSize":500}`},
		"pcloud.post.list":        {json: `{"parentId":0}`},
		"pcloud.post.create":      {json: `{"name":"{new}"}`},
		"pcloud.post.modify":      {json: `{"id":{post},"name":"{new}"}`},
		"pcloud.post.delete":      none,
		"pcloud.grade.page":       {json: `{"page":1,"pageSize":500}`},
		"pcloud.grade.list":       {json: `{}`},
		"pcloud.grade.create":     {json: `{"name":"{new}"}`},
		"pcloud.grade.modify":     {json: `{"id":{grade},"name":"{new}"}`},
		"pcloud.grade.delete":     none,

		"pcloud.segment.page":   {json: `{"page":1,"pageSize":500}`},
		"pcloud.segment.create": {json: `{"bizTag":"{new}","maxId":1,"step":100,"description":"Numbers","author":"Somebody"}`},
		"pcloud.segment.modify": {json: `{"bizTag":"{segment}","description":"Changed"}`},
		"pcloud.segment.get":    none,
	}
}

// openSamples are the open platform's.
func openSamples() map[string]sample {
	none := sample{}
	return map[string]sample{
		"v1.applications.update":     {json: `{"description":"Changed"}`},
		"v1.applications.retire":     none,
		"v1.applications.interfaces": {json: `{"interfaces":[]}`},
		"v1.applications.consents":   none,
		"v1.applications.usage":      none,
		"v1.applications.forget":     none,
		"v1.openid.get":              none,
		"v1.interfaces.list":         {query: "limit=500"},
		"v1.interfaces.create":       {json: `{"name":"{new}","url":"GET /v1/accounts"}`},
		"v1.interfaces.get":          none,
		"v1.interfaces.update":       {json: `{"name":"Changed"}`},
		"v1.interfaces.delete":       none,
		"v1.me.applications":         none,
		"v1.me.forget_application":   none,
		"v1.authorizations.decide":   {json: `{"request":"invented"}`},
		"v1.farewells.decide":        {json: `{"request":"invented"}`},

		"pcloud.open.account.page":        {json: `{"page":1,"pageSize":500}`},
		"pcloud.open.account.create":      {json: `{"name":"{new}"}`},
		"pcloud.open.account.delete":      none,
		"pcloud.open.account.status":      {json: `{"id":{application},"status":1}`},
		"pcloud.open.account.view":        none,
		"pcloud.open.resource.page":       {json: `{"page":1,"pageSize":500,"parentId":0}`},
		"pcloud.open.resource.create":     {json: `{"name":"{new}","resourceUrl":"GET /v1/accounts"}`},
		"pcloud.open.resource.modify":     {json: `{"id":{interface},"name":"Changed"}`},
		"pcloud.open.resource.delete":     none,
		"pcloud.open.resource.permission": {json: `{"page":1,"pageSize":10,"accountId":{application}}`},
		"pcloud.open.resource.grant":      {json: `{"accountId":{application},"resourceIds":[]}`},
		"pcloud.open.resource.refresh":    none,

		"openid.configuration": none,
		"openid.jwks":          none,
		"openid.authorize":     either("client_id=invented&redirect_uri=https%3A%2F%2Fapp.example.com%2F"),
		"openid.token":         {form: "grant_type=client_credentials&client_id=invented&client_secret=invented"},
		"openid.revoke":        {form: "token=invented&client_id=invented&client_secret=invented"},
		"openid.introspect":    {form: "token=invented&client_id=invented&client_secret=invented"},
		"openid.userinfo":      none,
		"openid.logout":        either("state=1"),
	}
}

// either is for calls by GET and by POST.
func either(values string) sample { return sample{query: values, form: values} }

// objectOf is what {id} in the path of a route is the id of.
func objectOf(name string) string {
	if name == "v1.companies.thaw" || name == "v1.companies.delete" {
		return "{frozen}"
	}
	for prefix, object := range map[string]string{
		"v1.channels.": "{channel}", "v1.companies.": "{company}",
		"v1.accounts.": "{account}", "v1.organisations.": "{organisation}", "v1.departments.": "{department}",
		"v1.applications.": "{application}", "v1.interfaces.": "{interface}", "pcloud.open.account.": "{application}", "pcloud.open.resource.": "{interface}", "v1.me.forget_application": "{application}", "v1.sources.": "{source}", "v1.me.unlink": "{source}", "v1.links.": "{link}", "v1.audit.": "{audit}", "v1.sessions.": "{session}",
		"v1.buckets.": "{bucket}", "v1.objects.": "{bucket}", "v1.uploads.": "{bucket}", "v1.tasks.": "{task}", "v1.imports.": "{import}",
		"v1.posts.": "{post}", "v1.grades.": "{grade}", "pcloud.post.": "{post}", "pcloud.grade.": "{grade}",
		"v1.roles.": "{role}", "v1.menus.": "{menu}", "v1.resources.": "{resource}", "pcloud.role.": "{role}",
		"pcloud.menu.": "{menu}", "pcloud.resource.": "{resource}",
		"pcloud.user.": "{account}", "pcloud.dept.": "{department}", "channel.password": "{account}",
	} {
		if len(name) >= len(prefix) && name[:len(prefix)] == prefix {
			return object
		}
	}
	return "1"
}

// Rules that hold whatever the golden file says.

// answersAnyway are calls on others' objects that are answered to everybody who
// is signed in: a bulk call tells per object that it refused, a download has no
// row of it, and a user name with whom it follows is public among users.
func answersAnyway() map[string]bool {
	return map[string]bool{"v1.accounts.bulk": true, "pcloud.user.download": true, "gallery.query": true, "gallery.follow": true}
}

// forAdministrators are calls that members and secondary accounts never get.
func forAdministrators() []string {
	return []string{"channel.company.", "v1.channels.", "v1.companies.", "v1.certificates.", "v1.accounts.create", "v1.organisations.list", "v1.organisations.create", "v1.organisations.update",
		"v1.interfaces.", "v1.openid.", "pcloud.open.",
		"v1.organisations.delete", "v1.sessions.tenant", "v1.departments.", "v1.applications.", "v1.segments.", "v1.credentials.", "channel.cloud", "pcloud.segment.", "v1.posts.", "v1.grades.", "pcloud.post.", "pcloud.grade.", "pcloud.dept.", "v1.notices.", "v1.templates.", "pcloud.sms.", "v1.audit.", "v1.outbox.", "v1.system.", "v1.roles.",
		"v1.menus.", "v1.resources.", "v1.access.", "v1.permissions.", "pcloud.role.", "pcloud.permission.", "pcloud.menu.", "pcloud.resource.",
		"pcloud.user.create", "pcloud.dept.create", "pcloud.dept.modify", "pcloud.dept.delete"}
}

// forSuper are calls that an organisation's administrator never gets.
func forSuper() []string {
	return []string{"channel.company.", "v1.channels.", "v1.companies.", "v1.certificates.", "v1.organisations.list", "v1.organisations.create", "v1.organisations.update", "v1.organisations.delete",
		"v1.outbox.", "v1.system.", "v1.audit.verify", "v1.sessions.tenant", "v1.templates.update", "v1.templates.reset", "pcloud.sms.create",
		"pcloud.sms.modify", "pcloud.sms.delete", "v1.sources.list", "v1.sources.create", "v1.sources.get",
		"v1.sources.update", "v1.sources.delete", "v1.sources.test", "v1.sources.try", "v1.sources.sync", "v1.links.list", "v1.links.create",
		"v1.links.get", "v1.links.update", "v1.links.delete", "v1.menus.create", "v1.menus.update",
		"v1.menus.delete", "v1.resources.create", "v1.resources.update", "v1.resources.delete", "pcloud.menu.create", "pcloud.menu.modify",
		"pcloud.menu.delete", "pcloud.resource.create", "pcloud.resource.modify", "pcloud.resource.delete"}
}

// neverOK are calls whose sample can't succeed: it invents what only a message
// or an app would tell.
func neverOK() map[string]bool {
	none := map[string]bool{"v1.setup.create": true, "v1.registration.create": true, "v1.password.reset": true,
		"v1.tasks.result": true, "v1.imports.create": true, "v1.imports.confirm": true, "v1.imports.check": true, "v1.imports.delete": true, "v1.imports.get": true, "v1.tasks.delete": true, "v1.tasks.requeue": true,
		"v1.applications.retire": true, "v1.applications.forget": true, "v1.me.forget_application": true, "v1.authorizations.decide": true, "v1.farewells.decide": true,
		"openid.authorize": true, "openid.token": true, "openid.revoke": true, "openid.introspect": true, "openid.userinfo": true, "openid.logout": true,
		"v1.me.totp_confirm": true, "v1.me.passkey_options": true, "v1.me.passkey_create": true, "v1.me.passkey_update": true,
		"v1.me.passkey_delete": true, "v1.passkeys.options": true, "v1.sessions.strengthen": true, "v1.me.totp_stop": true, "v1.me.recovery_codes": true, "v1.me.revoke_token": true, "v1.me.token": true,
		"v1.preferences.get": true, "v1.companies.certificate": true, "v1.me.read_notice": true, "v1.me.remove_notice": true, "v1.notices.get": true, "v1.notices.delete": true,
		"pcloud.mail.detail": true, "v1.avatars.get": true, "pcloud.oss.avatar": true,
		"v1.sources.sync": true, "v1.sources.start": true, "v1.sources.callback": true, "v1.sources.finish": true, "v1.me.link": true, "v1.me.unlink": true,
		"casdao.register": true, "channel.ologin": true, "channel.password": true, "kodo.download": true, "gallery.image": true}
	for _, name := range keyed() {
		none[name] = true
	}
	return none
}

// retentionSamples are about how long the action log is kept.
func retentionSamples() map[string]sample {
	return map[string]sample{
		"v1.audit.retentions":        {},
		"v1.audit.retention_preview": {query: "days=90"},
		"v1.audit.set_retention":     {json: `{"days":400}`},
		"v1.audit.clear_retention":   {},
	}
}
