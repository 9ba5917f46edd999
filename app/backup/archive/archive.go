// Package archive is the form of a backup file: what the store held at one
// moment, and the files beside it, in chunks that are compressed, hashed and
// chained. It knows nothing of schedules, directories or the domain.
//
// A file is the line "stoa backup 1\n" and then frames. A frame is its kind (1
// byte), the length of its payload (4 bytes, big endian), the length of the
// payload once it is unpacked (4), the payload, and a SHA-256 over the sum before
// it and all that (the first one continues the sum of the line). So a changed,
// missing, repeated or moved chunk breaks the chain where it stands.
//
//	H  Header, CBOR                              once, first
//	P  pairs: uvarint length, key, uvarint length, value; zstd; keys rise through the file
//	F  a file: fileHead, CBOR                    then its D frames and one E
//	D  a part of the file's content; zstd
//	E  SHA-256 of the file's content
//	K  the master key, only if it was asked for
//	T  Summary, CBOR                             once, last; nothing follows
package archive

import (
	"errors"
	"fmt"
	"time"
)

// Format is the version of the form that this program writes and reads.
const Format = 1

const magic = "stoa backup 1\n"

// Kinds of frames.
const (
	frameHeader  = 'H'
	framePairs   = 'P'
	frameFile    = 'F'
	frameData    = 'D'
	frameFileEnd = 'E'
	frameKey     = 'K'
	frameTrailer = 'T'
)

// Sizes, in bytes.
const (
	chunkSize  = 1 << 20   // of a chunk, before it is packed
	maxRaw     = 1<<21 - 1 // a chunk with one largest pair more
	maxPayload = 1 << 21
	maxKey     = 1 << 10
	maxValue   = 256 << 10
	headSize   = 1 + 4 + 4
	sumSize    = 32
)

// Header says what a backup is of.
type Header struct {
	Format  int       `cbor:"1,keyasint"`
	Product string    `cbor:"2,keyasint"` // version of the program that wrote it
	Schema  int       `cbor:"3,keyasint"` // version of the stored form
	At      time.Time `cbor:"4,keyasint"` // the moment of the snapshot
	ID      string    `cbor:"5,keyasint"` // of this backup, random
	KeyID   string    `cbor:"6,keyasint"` // public name of the master key that it needs
	// Tables are the names behind the ids of the counts.
	Tables map[uint16]string `cbor:"7,keyasint,omitempty"`
}

// Summary is what is in a backup.
type Summary struct {
	Rows      map[uint16]uint64 `cbor:"1,keyasint"` // of each table
	Pairs     uint64            `cbor:"2,keyasint"` // rows, index entries and the rest
	Files     uint64            `cbor:"3,keyasint"`
	FileBytes uint64            `cbor:"4,keyasint"`
	WithKey   bool              `cbor:"5,keyasint,omitempty"` // the master key is inside
	Before    []byte            `cbor:"6,keyasint"`           // SHA-256 of all that stands before the last frame

	Header Header `cbor:"-"`
	Size   int64  `cbor:"-"` // of the whole, bytes
	SHA256 string `cbor:"-"` // of the whole, hexadecimal, as sha256sum prints it
}

// Total is the number of rows of all tables.
func (s Summary) Total() uint64 {
	var n uint64
	for _, rows := range s.Rows {
		n += rows
	}
	return n
}

// ErrDamaged means that a file is not what was written. Its text says where.
var ErrDamaged = errors.New("the backup is damaged")

// ErrForeign means that a file is no backup, or one of a newer version.
var ErrForeign = errors.New("this file can't be restored")

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrDamaged, fmt.Sprintf(format, args...))
}

type fileHead struct {
	Name string `cbor:"1,keyasint"`
	Size int64  `cbor:"2,keyasint"`
}
