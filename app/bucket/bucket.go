// Package bucket is the files of tenants: buckets and the objects in them. It
// knows no protocol, and what comes in many parts is put together by package upload; Qiniu's, the gallery's and
// the native API all come here. Where bytes lie is package depot's, how many a
// tenant may have package usage's.
//
// An object is a name for content; a copy is another name for the same content,
// which goes with the last of them. Bytes come first: Receive takes them in and
// hashes them, Commit gives them a name, or nobody ever sees them.
package bucket

import (
	"strings"
	"time"
	"unicode/utf8"

	"stoa/app/depot"
	"stoa/app/fault"
	"stoa/app/listing"
)

// Limits.
const (
	MaxKey      = 750      // bytes of an object's name, as Kodo has it
	MaxBuckets  = 500      // of a tenant
	MaxDomains  = 10       // of a bucket
	MaxMeta     = 8 << 10  // bytes of an object's metadata
	SmallObject = 16 << 10 // bytes up to which content lies in the store
	MaxList     = 1000     // objects a page
)

// Bucket is a named set of objects of one tenant.
type Bucket struct {
	ID         uint64    `cbor:"1,keyasint"`
	Tenant     uint64    `cbor:"2,keyasint"`
	Name       string    `cbor:"3,keyasint"`           // unique in the installation
	Private    bool      `cbor:"4,keyasint,omitempty"` // read with a signature or a sign-in
	Domains    []string  `cbor:"5,keyasint,omitempty"` // host names that serve it, lower case
	Created    time.Time `cbor:"6,keyasint"`
	Modified   time.Time `cbor:"7,keyasint"`
	ModifiedBy string    `cbor:"8,keyasint,omitempty"` // user name
	Version    uint64    `cbor:"9,keyasint"`           // one more with each change

	Count Count `cbor:"-"` // of what is in it, where it was asked for
}

// Count is how much is in a bucket.
type Count struct {
	Bucket  uint64 `cbor:"1,keyasint"`
	Objects int64  `cbor:"2,keyasint,omitempty"`
	Bytes   int64  `cbor:"3,keyasint,omitempty"`
}

// Object is a file.
type Object struct {
	Bucket  uint64            `cbor:"1,keyasint"`
	Key     string            `cbor:"2,keyasint"` // its name in the bucket
	Content []byte            `cbor:"3,keyasint"` // id of its content
	Size    int64             `cbor:"4,keyasint,omitempty"`
	Hash    string            `cbor:"5,keyasint"` // qetag
	Type    string            `cbor:"6,keyasint"` // content type
	Put     time.Time         `cbor:"7,keyasint"` // when it got its content or type
	EndUser string            `cbor:"8,keyasint,omitempty"`
	Meta    map[string]string `cbor:"9,keyasint,omitempty"`
	Expires time.Time         `cbor:"10,keyasint,omitzero"`  // then it is removed; zero = never
	By      uint64            `cbor:"11,keyasint,omitempty"` // account that put it
	ID      uint64            `cbor:"12,keyasint,omitempty"` // random; changes with the content, for addresses
}

// content is what objects are names for.
type content struct {
	ID     []byte `cbor:"1,keyasint"` // 16 random bytes
	Tenant uint64 `cbor:"2,keyasint"`
	Refs   int    `cbor:"3,keyasint"` // objects that name it
	Size   int64  `cbor:"4,keyasint,omitempty"`
	Data   []byte `cbor:"5,keyasint,omitempty"` // small content lies here
	Pieces []byte `cbor:"6,keyasint,omitempty"` // else in these, packed
	SHA256 []byte `cbor:"7,keyasint,omitempty"` // of all, where it came in one go
}

// Page is a part of a list of buckets.
type Page = listing.Page[Bucket]

// Filter of the buckets.
type Filter struct {
	Tenant uint64 // 0 = the caller's; others than that for super administrators only
	Text   string // part of the name
	Page   int
	Limit  int // 1 to 500; 0 = 20
	Cursor string
}

func missing() *fault.Fault {
	return fault.New(fault.NotFound, "bucket.not_found", "bucket", "there is no such bucket")
}

// NoObject is the fault for an object that is not there.
func NoObject() *fault.Fault {
	return fault.New(fault.NotFound, "object.not_found", "key", "there is no such file")
}

// cleanName checks a bucket's name: it is a part of addresses and of host names.
func (s *Service) cleanName(name string) (string, error) {
	name = strings.TrimSpace(name)
	if len(name) < 3 || len(name) > 63 || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" ||
		name[0] == '-' || name[len(name)-1] == '-' {
		return "", fault.New(fault.Invalid, "bucket.name", "name", "a bucket's name has 3 to 63 of a-z, 0-9 and -, and neither begins nor ends with -")
	}
	if s.reserved[name] {
		return "", fault.New(fault.Exists, "bucket.name_reserved", "name", "%q is an address of the server itself: choose another name", name)
	}
	return name, nil
}

// CheckKey refuses what is no object's name.
func CheckKey(key string) error {
	if key == "" || len(key) > MaxKey || !utf8.ValidString(key) || strings.ContainsRune(key, 0) {
		return fault.New(fault.Invalid, "object.key", "key", "a file's name has 1 to %d bytes of UTF-8", MaxKey)
	}
	return nil
}

// cleanDomains checks the host names of a bucket.
func cleanDomains(domains []string) ([]string, error) {
	if len(domains) > MaxDomains {
		return nil, fault.New(fault.Invalid, "bucket.domains", "domains", "a bucket has up to %d host names", MaxDomains)
	}
	out := []string{}
	for _, d := range domains {
		d = strings.ToLower(strings.TrimSpace(d))
		if d == "" || len(d) > 253 || strings.Trim(d, "abcdefghijklmnopqrstuvwxyz0123456789.-") != "" || !strings.Contains(d, ".") {
			return nil, fault.New(fault.Invalid, "bucket.domain", "domains", "%q is no host name such as files.example.com, without port and scheme", d)
		}
		out = append(out, d)
	}
	return out, nil
}

// Pack writes pieces as bytes: 16 of the id and 6 of the size each, so that 10,000 fit a row.
func Pack(refs []depot.Ref) []byte {
	out := make([]byte, 0, len(refs)*RefBytes)
	for _, r := range refs {
		out = append(out, r.ID[:]...)
		for shift := 40; shift >= 0; shift -= 8 {
			out = append(out, byte(r.Size>>shift))
		}
	}
	return out
}

// RefBytes is the length of a packed piece.
const RefBytes = 16 + 6

// Unpack reads what Pack wrote.
func Unpack(b []byte) []depot.Ref {
	refs := make([]depot.Ref, 0, len(b)/RefBytes)
	for ; len(b) >= RefBytes; b = b[RefBytes:] {
		r := depot.Ref{ID: [16]byte(b)}
		for _, c := range b[16:RefBytes] {
			r.Size = r.Size<<8 | int64(c)
		}
		refs = append(refs, r)
	}
	return refs
}
