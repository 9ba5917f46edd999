package elsewhere

// SourceLDAP are the settings of an LDAP directory or an Active Directory.
type SourceLDAP struct {
	Host            string `json:"host"`
	Port            int    `json:"port" description:"0 = 636 for ldaps, else 389"`
	Security        string `json:"security" enum:"ldaps,starttls,none"`
	CA              string `json:"ca" description:"certificates in PEM that the server's must lead to; empty = the machine's own"`
	Private         bool   `json:"private" description:"the host may be in a private network or on this machine"`
	BindDN          string `json:"bind_dn" description:"who searches; the source's secret is its password. Empty = people bind directly, or the directory is searched anonymously"`
	Direct          string `json:"direct" description:"name that people bind as, with {login}: uid={login},ou=people,dc=example,dc=com or {login}@example.com; then nobody else searches"`
	Base            string `json:"base" description:"where people are: dc=example,dc=com"`
	Filter          string `json:"filter" description:"finds one person, with {login}"`
	People          string `json:"people" description:"finds everybody, for the synchronisation"`
	Subject         string `json:"subject" description:"attribute that never changes: entryUUID, objectGUID"`
	GroupBase       string `json:"group_base" description:"where groups are; empty = base"`
	GroupFilter     string `json:"group_filter" description:"finds a person's groups, with {dn} or {login}; empty = the entry says them"`
	Nested          bool   `json:"nested" description:"Active Directory: groups of groups count"`
	Disabled        string `json:"disabled" description:"attribute that marks who may not sign in; with Active Directory userAccountControl is read"`
	ActiveDirectory bool   `json:"active_directory"`
}

// SourceOpenID are the settings of an OpenID Connect provider.
type SourceOpenID struct {
	Issuer   string   `json:"issuer" description:"https://login.example.com; its /.well-known/openid-configuration says the rest"`
	ClientID string   `json:"client_id"`
	Scopes   []string `json:"scopes" description:"beside openid; empty = profile and email"`
	Private  bool     `json:"private" description:"the provider may be in a private network or on this machine"`
	CA       string   `json:"ca" description:"certificates in PEM that the provider's must lead to; empty = the machine's own"`
}

// SourceWeCom are the settings of a company at WeCom.
type SourceWeCom struct {
	CorpID  string `json:"corp_id"`
	AgentID string `json:"agent_id"`
	API     string `json:"api" description:"empty = https://qyapi.weixin.qq.com"`
	Login   string `json:"login" description:"empty = https://login.work.weixin.qq.com"`
	Private bool   `json:"private" description:"the addresses may be in a private network"`
}

// SourceDingTalk are the settings of an application of DingTalk.
type SourceDingTalk struct {
	ClientID string `json:"client_id" description:"the application's AppKey"`
	CorpID   string `json:"corp_id" description:"only people who sign in for this company are let in; needed where accounts are made"`
	API      string `json:"api" description:"empty = https://api.dingtalk.com"`
	Login    string `json:"login" description:"empty = https://login.dingtalk.com"`
	Private  bool   `json:"private" description:"the addresses may be in a private network"`
}

// SourceMapping says which attribute gives which field of an account.
type SourceMapping struct {
	Name       string            `json:"name"`
	Nickname   string            `json:"nickname"`
	Email      string            `json:"email"`
	Phone      string            `json:"phone"`
	Department string            `json:"department" description:"a path with / between the names, from the top; for LDAP ou_path is the units that the entry lies in"`
	Groups     string            `json:"groups"`
	Roles      []SourceGroupRole `json:"roles,omitempty" description:"roles by group, beside the default ones"`
	Required   []SourceCondition `json:"required,omitempty" description:"only people with one of the values of each are let in"`
}

// SourceGroupRole gives a role to the members of a group.
type SourceGroupRole struct {
	Group string `json:"group" description:"as the source names it; for LDAP the whole name or the first part of it"`
	Role  uint64 `json:"role"`
}

// SourceCondition is a value that a person's claims must have.
type SourceCondition struct {
	Claim string `json:"claim"`
	Value string `json:"value"`
}

// SourcePolicy is what becomes of people who come from a source.
type SourcePolicy struct {
	Create      bool     `json:"create" description:"make an account at the first sign-in"`
	Link        string   `json:"link" enum:",email,name" description:"how an account that exists is found; empty = its owner links it by hand"`
	TrustEmail  bool     `json:"trust_email" description:"ldap and wecom: the house gives its people their e-mails, so they count as verified"`
	Home        uint64   `json:"home" description:"where a source for everybody makes accounts"`
	Roles       []uint64 `json:"roles" description:"of new accounts; none = member"`
	Second      string   `json:"second_factor" enum:",source,claimed" description:"whether stoa's own second factor is left out: source = always, claimed = where the source says it asked for one"`
	Departments bool     `json:"departments" description:"put people into the department that the mapping says, and make it"`
	Sync        bool     `json:"sync" description:"ldap: compare accounts with the directory every hour"`
	MaxDisable  int      `json:"max_disable" minimum:"0" maximum:"100" description:"a synchronisation that would disable more percent of the source's accounts does nothing; 0 = 20"`
}
