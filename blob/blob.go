// Package blob is bytes by name: what is too big for a row. It says what a driver
// does; package blobtest says it in tests, and package disk is the default driver.
// It knows no table and no domain: which blobs there should be is for whoever
// keeps their names in rows.
//
// The order that keeps both sides whole: put the blob, then write the row that
// names it; delete the row, then the blob. What a crash leaves in between is a
// blob without a row, which a sweep finds with List.
//
// The contract is no more than what object stores give: a whole blob is put and
// replaced at once, bytes can't be changed in place, parts of it are read by
// ranges, listings come in pages in an order of the driver's own. A driver keeps
// no checksum that outlives Put: the SHA-256 that Put answers belongs into the row
// (object stores sum the parts of a big upload, not the whole).
package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// Errors, to be told apart by errors.Is.
var (
	ErrNotFound = errors.New("blob: there is none of this name")
	ErrName     = errors.New("blob: not a name")
	ErrTooLarge = errors.New("blob: larger than allowed")
	ErrSum      = errors.New("blob: the bytes that came are not those that were announced")
	ErrRange    = errors.New("blob: the range begins behind the end")
	ErrFull     = errors.New("blob: there is no room left")
	ErrClosed   = errors.New("blob: closed")
)

// MaxName is the length of a name, in bytes.
const MaxName = 200

// Info is what is known of a blob.
type Info struct {
	Name     string
	Size     int64     // bytes
	Modified time.Time // when it was put, UTC; by the driver's clock
	SHA256   string    // hexadecimal; of what Put has just stored, else ""
}

// Put says what is known of a blob beforehand. Zero values say nothing.
type Put struct {
	Type   string // content type, for drivers that hand links out
	Size   int64  // bytes that must come; 0 = unknown
	SHA256 string // hexadecimal, lower case, of the bytes that must come
	Limit  int64  // the most bytes; more is ErrTooLarge. 0 = no limit
}

// Range is a part of a blob. The zero value is all of it.
type Range struct {
	Offset int64 // from the beginning, not negative
	Length int64 // at most so many bytes; 0 = to the end
}

// Store keeps blobs. It is safe for concurrent use.
type Store interface {
	// Put reads body to its end and stores it under name, in place of what was
	// there: readers see the old bytes or the new ones, whole. When it returns
	// without an error the blob survives a crash and a power cut; with one,
	// nothing has changed (a disk that fails at the very last step leaves it
	// open). The error is ErrName, ErrTooLarge, ErrSum, ErrFull, or body's own.
	Put(ctx context.Context, name string, body io.Reader, o Put) (Info, error)
	// Get opens a blob, or a part of it. Its reader is closed by the caller and
	// keeps giving the bytes that were there when it was opened. Info.Size is
	// the size of the whole blob.
	Get(ctx context.Context, name string, r Range) (io.ReadCloser, Info, error)
	// Stat is what Get says without the bytes.
	Stat(ctx context.Context, name string) (Info, error)
	// Delete removes a blob; one that is not there is removed already.
	Delete(ctx context.Context, name string) error
	// List gives up to limit blobs whose names begin with prefix, behind cursor
	// ("" = the first), and the cursor of the next page: "" at the end. The
	// order is the driver's own; a blob that is there all the while comes
	// exactly once.
	List(ctx context.Context, prefix, cursor string, limit int) (blobs []Info, next string, err error)
	// Close ends the store's work. Readers that are open stay so.
	Close() error
}

// CheckName refuses what is no name: 1 to 200 bytes, parts of a-z 0-9 . _ - that
// begin and end with a letter or a digit, joined by single slashes. Such a name is
// safe in a path, in a URL and on a file system that makes no difference between
// upper and lower case.
func CheckName(name string) error {
	if len(name) == 0 || len(name) > MaxName {
		return fmt.Errorf("%w: it has %d bytes, 1 to %d are allowed", ErrName, len(name), MaxName)
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || !edge(part[0]) || !edge(part[len(part)-1]) {
			return fmt.Errorf("%w: %q: its parts begin and end with a-z or 0-9", ErrName, name)
		}
		for _, c := range []byte(part) {
			if !edge(c) && c != '.' && c != '_' && c != '-' {
				return fmt.Errorf("%w: %q: a-z 0-9 . _ - are allowed, and / between parts", ErrName, name)
			}
		}
	}
	return nil
}

func edge(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' }
