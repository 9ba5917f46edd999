package access

// Permission names one right. Operations ask for permissions, never for roles.
// Their names are on the wire and in rows; their numbers are not, so that the
// list may be put into another order.
type Permission uint8

// The permissions.
const (
	AccountRead Permission = iota // others' accounts in the caller's scope
	AccountCreate
	AccountUpdate
	AccountDelete
	AccountExport
	AccountImport
	SecondaryCreate // open secondary accounts under oneself
	SessionEnd      // end others' sessions in scope
	OrganisationRead
	OrganisationWrite // make, change and delete organisations
	DepartmentRead
	DepartmentWrite
	PostRead
	PostWrite
	GradeRead
	GradeWrite
	RoleRead
	RoleWrite // make, change and delete roles, and what they grant
	MenuRead
	MenuWrite // the navigation: one for the whole installation
	ResourceRead
	ResourceWrite
	AuditRead
	AuditExport
	AuditKeep // how long the action log is kept
	ApplicationRead
	ApplicationWrite
	OutboxRead
	SystemRead
	TenantSwitch // act in another tenant (sessions/current/tenant)
	SegmentRead
	SegmentWrite // make and change segments
	SegmentDraw  // draw numbers
	TaskRead     // others' background tasks in scope
	TaskWrite    // stop, repeat and remove others' background tasks
	SourceRead   // where people sign in from: LDAP, OpenID Connect, …
	SourceWrite
	LinkWrite  // external links in the navigation
	NoticeSend // notices to others
	TemplateRead
	TemplateWrite // texts of messages
	DialectRead   // who uses which API
	DialectWrite  // switch an API on and off
	BackupRead
	BackupWrite
	ChannelRead // resellers
	ChannelWrite
	CompanyRead  // companies of the caller's channel
	CompanyWrite // open, freeze and delete them, and set their quotas
	BucketRead   // buckets and what is in them
	BucketWrite  // make, change and delete buckets
	ObjectWrite  // put and delete files
	KeyRead      // access keys of the tenant
	KeyWrite
	CloudRead // where the tenant's files lie
	CloudWrite
	permissions
)

var names = [...]string{"account.read", "account.create", "account.update", "account.delete", "account.export", "account.import",
	"secondary.create", "session.end", "organisation.read", "organisation.write", "department.read", "department.write",
	"post.read", "post.write", "grade.read", "grade.write", "role.read", "role.write", "menu.read", "menu.write",
	"resource.read", "resource.write", "audit.read", "audit.export", "audit.keep", "application.read", "application.write",
	"outbox.read", "system.read", "tenant.switch", "segment.read", "segment.write", "segment.draw", "task.read", "task.write",
	"source.read", "source.write", "link.write", "notice.send", "template.read", "template.write", "dialect.read",
	"dialect.write", "backup.read", "backup.write", "channel.read", "channel.write", "company.read", "company.write",
	"bucket.read", "bucket.write", "object.write", "key.read", "key.write", "cloud.read", "cloud.write"}

// PermissionOf finds a permission by its name on the wire.
func PermissionOf(name string) (Permission, bool) {
	for p := range permissions {
		if names[p] == name {
			return p, true
		}
	}
	return 0, false
}

// String is the permission's name on the wire: "account.read".
func (p Permission) String() string { return names[p] }

// Set is a set of permissions. Sets are compared with ==.
type Set [2]uint64

// Of makes a set.
func Of(ps ...Permission) Set {
	var s Set
	for _, p := range ps {
		s[p>>6] |= 1 << (p & 63)
	}
	return s
}

// Every is the set of all permissions.
func Every() Set {
	var s Set
	for p := range permissions {
		s[p>>6] |= 1 << (p & 63)
	}
	return s
}

// Has reports whether p is in the set.
func (s Set) Has(p Permission) bool { return s[p>>6]&(1<<(p&63)) != 0 }

// Or is what is in s or in t.
func (s Set) Or(t Set) Set { return Set{s[0] | t[0], s[1] | t[1]} }

// And is what is in s and in t.
func (s Set) And(t Set) Set { return Set{s[0] & t[0], s[1] & t[1]} }

// Without is what is in s and not in t.
func (s Set) Without(t Set) Set { return Set{s[0] &^ t[0], s[1] &^ t[1]} }

// Within reports whether t has all of s.
func (s Set) Within(t Set) bool { return s.Without(t) == Set{} }

// List is the set's permissions, in a fixed order.
func (s Set) List() []Permission {
	var out []Permission
	for p := range permissions {
		if s.Has(p) {
			out = append(out, p)
		}
	}
	return out
}

// Names lists the set's permissions as on the wire, in a fixed order.
func (s Set) Names() []string {
	var out []string
	for p := range permissions {
		if s.Has(p) {
			out = append(out, p.String())
		}
	}
	return out
}
