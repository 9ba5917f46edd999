package password

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Bounds of a hash made elsewhere, so that a sign-in can't cost minutes.
const (
	maxMemory     = 256 << 10 // KiB
	maxTime       = 10
	maxThreads    = 16
	maxBcryptCost = 14
)

// keyID marks, in the PHC form, a password keyed with the pepper before argon2id.
const keyID = "pepper"

var errPHC = errors.New("it is neither argon2id in PHC form ($argon2id$v=19$m=…,t=…,p=…$salt$hash) nor bcrypt")

// phc is an argon2id hash in the PHC string format.
type phc struct {
	Params
	keyed      bool
	salt, hash []byte
}

// String is "$argon2id$v=19$m=19456,t=2,p=1,keyid=pepper$salt$hash".
func (p phc) String() string {
	key := ""
	if p.keyed {
		key = ",keyid=" + keyID
	}
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d%s$%s$%s", argon2.Version, p.Memory, p.Time, p.Threads, key,
		b64.EncodeToString(p.salt), b64.EncodeToString(p.hash))
}

func parsePHC(s string) (phc, error) {
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return phc{}, errPHC
	}
	var p phc
	cost, keyed := strings.CutSuffix(parts[3], ",keyid="+keyID)
	p.keyed = keyed
	var rest string
	if n, _ := fmt.Sscanf(cost+" .", "m=%d,t=%d,p=%d %s", &p.Memory, &p.Time, &p.Threads, &rest); n != 4 || rest != "." {
		return phc{}, errPHC
	}
	var err error
	if p.salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil {
		return phc{}, errPHC
	}
	if p.hash, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil {
		return phc{}, errPHC
	}
	return p, p.check()
}

func (p phc) check() error {
	switch {
	case p.Time < 1 || p.Threads < 1 || p.Memory < 8*uint32(p.Threads):
		return errPHC
	case len(p.salt) < 8 || len(p.salt) > 64 || len(p.hash) < 16 || len(p.hash) > 64:
		return errors.New("its salt needs 8 to 64 bytes and its hash 16 to 64")
	case p.Memory > maxMemory || p.Time > maxTime || p.Threads > maxThreads:
		return errors.New("its argon2id costs are above 256 MiB, 10 passes or 16 lanes")
	}
	return nil
}

func isBcrypt(s string) bool {
	return strings.HasPrefix(s, "$2a$") || strings.HasPrefix(s, "$2b$") || strings.HasPrefix(s, "$2y$")
}
