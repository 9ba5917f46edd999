package v1

import "time"

// The rule for every type of this package: a field without omitempty is always
// there, one with omitempty may be left out, and nothing is ever null. The
// OpenAPI document is made by the same rule.

// Page is one page of a collection.
type Page[T any] struct {
	Items       []T    `json:"items"`
	Total       int    `json:"total" minimum:"0" description:"how many there are in all; a lower bound where total_capped is true"`
	TotalCapped bool   `json:"total_capped" description:"there are more than total says"`
	Next        string `json:"next" description:"cursor of the next page; empty on the last one"`
}

// RoleRef is a role as it stands at an account.
type RoleRef struct {
	ID   uint64 `json:"id"`
	Code string `json:"code" example:"ROLE_ADMIN"`
	Name string `json:"name"`
}

// Role is a role with what it allows.
type Role struct {
	RoleRef
	Builtin     bool     `json:"builtin"`
	Permissions []string `json:"permissions"`
}

// Account is a person's or a program's account. It never holds a password.
type Account struct {
	ID                 uint64     `json:"id"`
	Name               string     `json:"name" description:"user name, unique in the installation"`
	Email              string     `json:"email"`
	Phone              string     `json:"phone"`
	Nickname           string     `json:"nickname"`
	Tenant             uint64     `json:"tenant" description:"organisation the account belongs to"`
	TenantName         string     `json:"tenant_name"`
	Department         uint64     `json:"department" description:"0 = none"`
	DepartmentName     string     `json:"department_name"`
	Parent             uint64     `json:"parent" description:"owner of a secondary account; 0 = none"`
	Roles              []RoleRef  `json:"roles"`
	State              string     `json:"state" enum:"active,disabled"`
	Online             bool       `json:"online"`
	Avatar             string     `json:"avatar"`
	Telephone          string     `json:"telephone"`
	Duty               string     `json:"duty"`
	Enterprise         string     `json:"enterprise"`
	Division           string     `json:"division"`
	SecondFactor       bool       `json:"second_factor"`
	MustChangePassword bool       `json:"must_change_password"`
	EmailConfirmed     bool       `json:"email_confirmed"`
	PhoneConfirmed     bool       `json:"phone_confirmed"`
	Sample             bool       `json:"sample" description:"part of the sample data"`
	CreatedAt          time.Time  `json:"created_at"`
	ModifiedAt         time.Time  `json:"modified_at"`
	ModifiedBy         string     `json:"modified_by"`
	LastSeenAt         *time.Time `json:"last_seen_at,omitempty"`
	Version            uint64     `json:"version" description:"for If-Match"`
}

// TenantRef is the organisation that somebody acts in.
type TenantRef struct {
	ID   uint64 `json:"id"`
	Name string `json:"name"`
	Kind string `json:"kind" enum:"organisation,channel,company"`
}

// Me is the caller.
type Me struct {
	Account            Account   `json:"account"`
	Permissions        []string  `json:"permissions"`
	Roles              []RoleRef `json:"roles"`
	Tenant             TenantRef `json:"tenant" description:"the tenant acted in, which a super administrator may switch"`
	Home               uint64    `json:"home" description:"the tenant that the account belongs to"`
	Session            uint64    `json:"session" description:"id of this session; 0 for a personal token"`
	MustChangePassword bool      `json:"must_change_password"`
	SuperAdministrator bool      `json:"super_administrator"`
}

// Session is one sign-in.
type Session struct {
	ID          uint64    `json:"id"`
	Account     uint64    `json:"account"`
	AccountName string    `json:"account_name"`
	Current     bool      `json:"current" description:"the session of this very call"`
	Tenant      uint64    `json:"tenant" description:"acted in"`
	Application uint64    `json:"application" description:"0 = a person's session"`
	Dialect     string    `json:"dialect" description:"the API that it was opened through"`
	Address     string    `json:"address"`
	UserAgent   string    `json:"user_agent"`
	Device      string    `json:"device"`
	CreatedAt   time.Time `json:"created_at"`
	LastSeenAt  time.Time `json:"last_seen_at" description:"to the minute"`
	ExpiresAt   time.Time `json:"expires_at" description:"when it ends if nothing is done with it"`
	EndsAt      time.Time `json:"ends_at" description:"when it ends in any case"`
}

// Grant is a new session.
type Grant struct {
	Token     string    `json:"token,omitempty" description:"left out when the cookie was asked for"`
	ExpiresAt time.Time `json:"expires_at" description:"when the session ends if nothing is done with it"`
	EndsAt    time.Time `json:"ends_at" description:"when the session ends in any case"`
	Account   Account   `json:"account"`
}

// Organisation is a tenant.
type Organisation struct {
	ID          uint64     `json:"id"`
	Name        string     `json:"name"`
	Kind        string     `json:"kind" enum:"organisation,channel,company"`
	SignUp      bool       `json:"sign_up" description:"open for registration"`
	State       string     `json:"state" enum:"active,frozen"`
	FrozenAt    *time.Time `json:"frozen_at,omitempty"`
	Telephone   string     `json:"telephone"`
	Accounts    int        `json:"accounts" minimum:"0"`
	Departments int        `json:"departments" minimum:"0"`
	Sample      bool       `json:"sample"`
	CreatedAt   time.Time  `json:"created_at"`
	ModifiedAt  time.Time  `json:"modified_at"`
	ModifiedBy  string     `json:"modified_by"`
	Version     uint64     `json:"version" description:"for If-Match"`
}

// Department is a part of an organisation.
type Department struct {
	ID            uint64     `json:"id"`
	Name          string     `json:"name"`
	Tenant        uint64     `json:"tenant"`
	TenantName    string     `json:"tenant_name"`
	Parent        uint64     `json:"parent" description:"department above, or the organisation"`
	ParentName    string     `json:"parent_name"`
	Manager       uint64     `json:"manager" description:"account; 0 = none"`
	ManagerName   string     `json:"manager_name"`
	EstablishedAt *time.Time `json:"established_at,omitempty"`
	Accounts      int        `json:"accounts" minimum:"0" description:"accounts in this department itself"`
	Sample        bool       `json:"sample"`
	CreatedAt     time.Time  `json:"created_at"`
	ModifiedAt    time.Time  `json:"modified_at"`
	ModifiedBy    string     `json:"modified_by"`
	Version       uint64     `json:"version" description:"for If-Match"`
}

// DepartmentNode is a unit with what is below it.
type DepartmentNode struct {
	ID          uint64           `json:"id" description:"0 for the root above several organisations"`
	Name        string           `json:"name"`
	Kind        string           `json:"kind" enum:"root,organisation,channel,company,department"`
	Parent      uint64           `json:"parent"`
	Tenant      uint64           `json:"tenant"`
	Manager     uint64           `json:"manager"`
	ManagerName string           `json:"manager_name"`
	Accounts    int              `json:"accounts" minimum:"0" description:"accounts in this unit itself, not in those below"`
	Children    []DepartmentNode `json:"children"`
}

// Application is a program that signs in with an id and a secret of its own.
type Application struct {
	ID         uint64    `json:"id"`
	Name       string    `json:"name"`
	ClientID   string    `json:"client_id"`
	Grants     []string  `json:"grants"`
	Tenant     uint64    `json:"tenant"`
	Owner      uint64    `json:"owner" description:"the account that made it; it acts with no more rights"`
	CreatedBy  string    `json:"created_by" description:"name of the owner; empty where the caller may not see it"`
	Sample     bool      `json:"sample"`
	CreatedAt  time.Time `json:"created_at"`
	ModifiedAt time.Time `json:"modified_at"`
	ModifiedBy string    `json:"modified_by"`
	Version    uint64    `json:"version" description:"for If-Match"`
}

// ApplicationSecret is an application with its secret, which is shown once.
type ApplicationSecret struct {
	Application
	ClientSecret string `json:"client_secret" description:"shown this once; only its digest is kept"`
}

// AuditEntry is one line of the action log.
type AuditEntry struct {
	ID          string    `json:"id"`
	At          time.Time `json:"at"`
	Tenant      uint64    `json:"tenant"`
	Account     uint64    `json:"account" description:"who did it; 0 = nobody signed in, or the server"`
	AccountName string    `json:"account_name"`
	Action      string    `json:"action" example:"account.create"`
	ObjectKind  string    `json:"object_kind"`
	ObjectID    string    `json:"object_id"`
	ObjectName  string    `json:"object_name"`
	Outcome     string    `json:"outcome" enum:"ok,refused,failed"`
	Reason      string    `json:"reason"`
	Changes     []Change  `json:"changes"`
	Params      string    `json:"params" description:"what was asked, as JSON with secrets masked; may be empty"`
	Dialect     string    `json:"dialect"`
	Method      string    `json:"method"`
	Path        string    `json:"path"`
	Address     string    `json:"address"`
	UserAgent   string    `json:"user_agent"`
	RequestID   string    `json:"request_id"`
}

// Change is one field's change.
type Change struct {
	Field string `json:"field"`
	Old   string `json:"old"`
	New   string `json:"new"`
}

// VerifyReport says whether the action log is whole.
type VerifyReport struct {
	OK     bool          `json:"ok"`
	Chains []ChainReport `json:"chains"`
}

// ChainReport is the result for one tenant's chain.
type ChainReport struct {
	All        bool   `json:"all" description:"the chain over all tenants"`
	Tenant     uint64 `json:"tenant"`
	TenantName string `json:"tenant_name"`
	Blocks     uint64 `json:"blocks"`
	Entries    uint64 `json:"entries"`
	Problem    string `json:"problem" description:"what is wrong and where; empty = whole"`
}

// Message is a message kept for those who have no gateway.
type Message struct {
	ID        uint64    `json:"id"`
	Tenant    uint64    `json:"tenant"`
	Channel   string    `json:"channel" enum:"sms,email"`
	To        string    `json:"to"`
	Subject   string    `json:"subject"`
	Body      string    `json:"body" description:"empty for a secret one"`
	Purpose   string    `json:"purpose"`
	Secret    bool      `json:"secret" description:"a reset link: its text is shown to nobody"`
	State     string    `json:"state" enum:"kept,queued,sent,failed"`
	Error     string    `json:"error"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
}

// OrganisationRef is an organisation that takes registrations.
type OrganisationRef struct {
	ID   uint64 `json:"id"`
	Name string `json:"name"`
}

// BulkResult is the result of one action on many objects.
type BulkResult struct {
	Done    int           `json:"done" minimum:"0"`
	Refused []BulkRefusal `json:"refused"`
}

// BulkRefusal says why one object was left as it was.
type BulkRefusal struct {
	ID     uint64 `json:"id"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

// Problem is a failure, after RFC 9457.
type Problem struct {
	Type      string         `json:"type" format:"uri-reference"`
	Title     string         `json:"title"`
	Status    int            `json:"status" minimum:"400" maximum:"599"`
	Detail    string         `json:"detail" description:"what was wrong, where, and what to do"`
	Code      string         `json:"code" example:"account.name_taken" description:"stable, for programs"`
	Field     string         `json:"field" description:"the input at fault; empty = none"`
	Errors    []FieldProblem `json:"errors" description:"one entry per input at fault"`
	RequestID string         `json:"request_id"`
}

// FieldProblem is one input at fault.
type FieldProblem struct {
	Field  string `json:"field"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}
