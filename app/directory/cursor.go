package directory

import (
	"encoding/base64"
	"encoding/binary"
	"slices"

	"stoa/store"
)

// cursor is a place in a list: a key of a ranked index, or an offset.
type cursor struct {
	set    bool
	key    store.Key
	offset int
}

// formatCursor gives a cursor its form: the first byte says which kind, the
// second the order it belongs to.
func formatCursor(f Filter, c cursor) string {
	head := []byte{'k', order(f)}
	body := []byte(c.key)
	if c.key == nil {
		head[0], body = 'o', binary.AppendUvarint(nil, uint64(c.offset))
	}
	return base64.RawURLEncoding.EncodeToString(append(head, body...))
}

func order(f Filter) byte {
	at := byte(slices.Index([]Sort{SortID, SortName, SortModified}, f.Sort)) * 2
	if f.Reverse {
		at++
	}
	return '0' + at
}

func parseCursor(f Filter) (cursor, error) {
	if f.Cursor == "" {
		return cursor{}, nil
	}
	bad := invalid("list.cursor", "cursor", "this cursor belongs to another list or order: begin with the first page")
	raw, err := base64.RawURLEncoding.DecodeString(f.Cursor)
	if err != nil || len(raw) < 3 || len(raw) > 1024 || raw[1] != order(f) {
		return cursor{}, bad
	}
	if raw[0] == 'k' {
		return cursor{set: true, key: raw[2:]}, nil
	}
	n, size := binary.Uvarint(raw[2:])
	if raw[0] != 'o' || size != len(raw)-2 || n > maxPage*MaxLimit {
		return cursor{}, bad
	}
	return cursor{set: true, offset: int(n)}, nil
}
