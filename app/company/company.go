// Package company is what resellers do: channels, which have a capacity, and their
// companies, which have quotas of it. A company is opened with its administrator,
// frozen, thawed and, some days after it was frozen, deleted with everything that
// it owns. Rows of channels and companies are package org's; what a company keeps
// is counted by package usage.
//
// A channel's administrators look after the companies of their own channel; super
// administrators after all, and after the channels.
package company

import (
	"time"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/app/listing"
	"stoa/app/org"
	"stoa/app/usage"
)

// GiB is what quotas are counted in where people say them.
const GiB int64 = 1 << 30

// MaxQuota is the largest quota or capacity, in bytes: 1 EiB.
const MaxQuota int64 = 1 << 60

// Channel is a reseller with the sums of what it has given.
type Channel struct {
	org.Unit
	Size          int64  // bytes that it can give: Capacity, or the size of the data disk; 0 = not known, no limit
	Companies     int    // that it has
	Given         int64  // bytes, the sum of their quotas
	Used          int64  // bytes that they keep
	Administrator string // its first administrator; "" = none
	Purge         *Purge // of its deletion; nil = none was ordered
}

// Company is a reseller's customer as it stands.
type Company struct {
	org.Unit
	usage.Usage
	ChannelName   string
	Administrator string    // its first administrator; "" = none
	Expired       bool      // the paid quota has ended
	Deletable     time.Time // when it may be deleted; zero = it is not frozen
	Purge         *Purge    // of its deletion; nil = none was ordered
}

// Limit is the bytes that the company may keep.
func (c *Company) Limit() int64 { return limit(&c.Unit) }

// limit is the quota of a company: what its channel has given away for it.
func limit(u *org.Unit) int64 { return u.Quota + u.PaidQuota }

// State is what a list of companies is narrowed to.
type State string

// The states. A company whose deletion was ordered is not among the frozen ones.
const (
	Active   State = "active"
	Frozen   State = "frozen"
	Expired  State = "expired" // active, and its paid quota has ended
	Deleting State = "deleting"
)

// StateOf is the state of a company at a time.
func StateOf(u *org.Unit, now time.Time) State {
	switch {
	case !u.Deleting.IsZero():
		return Deleting
	case u.State == org.Frozen:
		return Frozen
	case expired(u, now):
		return Expired
	}
	return Active
}

func expired(u *org.Unit, now time.Time) bool {
	return !u.ExpiresAt.IsZero() && !now.Before(u.ExpiresAt)
}

// Person is a new administrator.
type Person struct {
	Name, Email, Phone, Nickname, Password string
}

// NewChannel is what a channel is made of.
type NewChannel struct {
	Name          string
	Capacity      int64 // bytes
	Administrator Person
}

// ChannelChange changes what is not nil.
type ChannelChange struct {
	Name     *string
	Capacity *int64 // bytes; 0 = of the default channel, the size of the data disk
}

// New is what a company is made of.
type New struct {
	Channel       uint64 // 0 = the caller's; of super administrators, the default one
	Name          string
	Telephone     string
	KeyManaged    bool
	Paid          int64     // bytes
	ExpiresAt     time.Time // of the paid quota; zero = never
	Administrator Person
}

// Change changes what is not nil.
type Change struct {
	Name, Telephone *string
	KeyManaged      *bool
	Free            *int64 // bytes, the free allowance; super administrators only
	Paid            *int64 // bytes
	ExpiresAt       *time.Time
}

// Filter of a list.
type Filter struct {
	Channel uint64 // 0 = the caller's; of super administrators, all
	Text    string // part of the name or of the telephone
	State   State  // "" = all
	listing.Ask
}

// Count is how many of a kind there were.
type Count struct {
	Kind string `cbor:"1,keyasint"`
	N    int64  `cbor:"2,keyasint"`
}

func missing() *fault.Fault {
	return fault.New(fault.NotFound, "company.not_found", "id", "there is no such company")
}

// NotChannel is the fault for a caller who looks after no channel.
func NotChannel() *fault.Fault {
	return fault.New(fault.Denied, "company.not_channel", "", "companies are looked after by administrators of a channel: your organisation is none")
}

func checkBytes(field string, n int64) error {
	if n < 0 || n > MaxQuota {
		return fault.New(fault.Invalid, "company."+field, field, "%s is 0 to %d bytes", field, MaxQuota)
	}
	return nil
}

// sees reports whether by looks after the companies of a channel.
func sees(by access.Actor, channel uint64) bool {
	return by.Super() || by.Home == channel && channel != 0
}
