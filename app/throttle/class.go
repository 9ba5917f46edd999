// Package throttle slows down those who guess and those who flood. Its counters
// lie in the store and survive a restart; token buckets are kept in memory with
// a floor in the store. It knows neither accounts nor messages: a key is any text.
package throttle

import "time"

// Class names what is counted, each with a rule of its own.
type Class string

// The classes. The key of Login is LoginKey; of the others a phone number or a
// client address, as the name says.
const (
	// Login: failed sign-ins of an account from an address. Nothing up to the 4th
	// failure; from the 5th on 1 s, 2 s, 4 s … up to 15 min until the next try.
	// Forgotten a day after the last failure, or by Clear.
	//
	// The account as a whole is slowed only mildly: from the 20th failure from
	// all addresses on, a try every 2 s, from the 50th every 10 s. An address
	// that has signed in to the account in the last 30 days is exempt from that,
	// so that strangers can't keep an account's owner out.
	Login Class = "login"
	// LoginAddress: sign-ins from an address, whatever the account: bursts of 600,
	// then 200 a second, which one gateway with a whole site behind it may need and
	// which guards the queue for hashing; 100 failures within 15 minutes close it
	// for the rest of these.
	LoginAddress Class = "login_address"
	// SMSPhoneMinute: one code a minute to a phone.
	SMSPhoneMinute Class = "sms_phone_minute"
	// SMSPhoneDay: ten codes a day to a phone.
	SMSPhoneDay Class = "sms_phone_day"
	// SMSAddress: twenty codes an hour for a client address.
	SMSAddress Class = "sms_address"
	// ExistenceAddress: questions whether a name is taken: bursts of 30, then one
	// every two seconds.
	ExistenceAddress Class = "existence_address"
	// Proof: failed sign-ins, of a name from an address (LoginKey) and of an
	// address alone, within half an hour: package captcha asks for a proof of work
	// by their Count. It refuses nothing itself.
	Proof Class = "proof"
	// SignatureAddress: signatures that do not hold, of access keys, from an address:
	// bursts of 100, then one a second. Those that hold are not counted and never
	// refused: behind one address may be an office with one bad client in it.
	SignatureAddress Class = "signature_address"
	// Reset: five password reset links an hour for an account or an address.
	Reset Class = "reset"
)

// rule is how a class counts. Exactly one of the three forms is set, or the
// bucket together with a failure window; or a window alone, which only counts.
type rule struct {
	backoff bool          // exponential delay from the 5th failure
	burst   int           // token bucket: size …
	every   time.Duration // … and time for one token
	uses    int           // window: Allow may answer yes so often …
	fails   int           // … or Fail be told so often …
	window  time.Duration // … in this time from the first
}

func ruleOf(c Class) rule {
	switch c {
	case Login:
		return rule{backoff: true}
	case LoginAddress:
		return rule{burst: 600, every: 5 * time.Millisecond, fails: 100, window: 15 * time.Minute}
	case SMSPhoneMinute:
		return rule{uses: 1, window: time.Minute}
	case SMSPhoneDay:
		return rule{uses: 10, window: 24 * time.Hour}
	case SMSAddress:
		return rule{uses: 20, window: time.Hour}
	case ExistenceAddress:
		return rule{burst: 30, every: 2 * time.Second}
	case SignatureAddress:
		return rule{burst: 100, every: time.Second}
	case Proof:
		return rule{window: 30 * time.Minute}
	case Reset:
		return rule{uses: 5, window: time.Hour}
	default: // an unknown class is one of somebody's own: once a second
		return rule{burst: 10, every: time.Second}
	}
}

// Figures of the Login class.
const (
	freeFailures = 4
	maxDelay     = 15 * time.Minute
	forgotten    = 24 * time.Hour
	trusted      = 30 * 24 * time.Hour

	mildFrom   = 20
	mildDelay  = 2 * time.Second
	firmFrom   = 50
	firmDelay  = 10 * time.Second
	wholeReset = time.Hour
)

// delay is how long to wait after the nth failure of an account from an address.
func delay(n int) time.Duration {
	if n <= freeFailures {
		return 0
	}
	if n-freeFailures > 10 { // 2^10 s is over the cap
		return maxDelay
	}
	return min(time.Second<<(n-freeFailures-1), maxDelay)
}

// wholeDelay is how long to wait after the nth failure of an account from
// wherever.
func wholeDelay(n int) time.Duration {
	switch {
	case n < mildFrom:
		return 0
	case n < firmFrom:
		return mildDelay
	default:
		return firmDelay
	}
}
