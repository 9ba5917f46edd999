package api_test

import "maps"

// sample is a sensible request to one route. In its texts {account},
// {department}, {application}, {session}, {organisation}, {segment} and {audit} stand for a
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
	maps.Copy(all, dialectSamples())
	maps.Copy(all, personalSamples())
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

		"pcloud.segment.page":   {json: `{"page":1,"pageSize":500}`},
		"pcloud.segment.create": {json: `{"bizTag":"{new}","maxId":1,"step":100,"description":"Numbers","author":"Somebody"}`},
		"pcloud.segment.modify": {json: `{"bizTag":"{segment}","description":"Changed"}`},
		"pcloud.segment.get":    none,
	}
}

// either is for calls by GET and by POST.
func either(values string) sample { return sample{query: values, form: values} }

// objectOf is what {id} in the path of a route is the id of.
func objectOf(name string) string {
	for prefix, object := range map[string]string{
		"v1.accounts.": "{account}", "v1.organisations.": "{organisation}", "v1.departments.": "{department}",
		"v1.applications.": "{application}", "v1.audit.": "{audit}", "v1.roles.": "{role}", "v1.menus.": "{menu}", "v1.resources.": "{resource}", "v1.sessions.": "{session}",
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
	return []string{"v1.accounts.create", "v1.organisations.list", "v1.organisations.create", "v1.organisations.update",
		"v1.organisations.delete", "v1.sessions.tenant", "v1.departments.", "v1.applications.", "v1.segments.", "pcloud.segment.", "v1.audit.", "v1.outbox.", "v1.system.", "v1.roles.", "v1.menus.", "v1.resources.", "v1.access.", "v1.permissions.",
		"pcloud.user.create", "pcloud.dept.create", "pcloud.dept.modify", "pcloud.dept.delete"}
}

// forSuper are calls that an organisation's administrator never gets.
func forSuper() []string {
	return []string{"v1.organisations.list", "v1.organisations.create", "v1.organisations.update", "v1.organisations.delete",
		"v1.outbox.", "v1.system.", "v1.audit.verify", "v1.sessions.tenant", "v1.menus.create", "v1.menus.update",
		"v1.menus.delete", "v1.resources.create", "v1.resources.update", "v1.resources.delete"}
}

// neverOK are calls whose sample can't succeed: it invents what only a message
// or an app would tell.
func neverOK() map[string]bool {
	return map[string]bool{"v1.setup.create": true, "v1.registration.create": true, "v1.password.reset": true,
		"v1.preferences.get": true, "v1.avatars.get": true, "pcloud.oss.avatar": true, "v1.me.totp_confirm": true, "v1.me.totp_stop": true, "v1.me.recovery_codes": true, "v1.me.revoke_token": true, "v1.me.token": true,
		"casdao.register": true, "channel.ologin": true, "channel.password": true}
}
