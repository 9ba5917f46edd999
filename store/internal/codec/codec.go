// Package codec is how rows stand in values: CBOR with integer keys behind a
// format byte. It knows neither keys nor what a row means.
package codec

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"
)

// ErrCorrupt is what errors about stored values that do not read wrap.
var ErrCorrupt = errors.New("store: stored data is damaged")

// rowFormat leads every stored row: CBOR with integer keys follows.
const rowFormat = 1

// Codec turns rows into bytes and back. The same row gives the same bytes. A
// time keeps its nanoseconds and becomes UTC, the zero time is one byte. A field
// that the row type does not know is passed over, so that a field may be added,
// and one that is no longer used may go as long as its number is not used again.
type Codec struct {
	enc cbor.UserBufferEncMode
	dec cbor.DecMode
}

// New is the codec of every row.
func New() (Codec, error) {
	enc, err := cbor.EncOptions{
		Sort:          cbor.SortBytewiseLexical,
		ShortestFloat: cbor.ShortestFloat16,
		Time:          cbor.TimeRFC3339NanoUTC, // the numeric forms of the library lose nanoseconds
		IndefLength:   cbor.IndefLengthForbidden,
	}.UserBufferEncMode()
	if err != nil {
		return Codec{}, err
	}
	dec, err := cbor.DecOptions{
		DupMapKey:        cbor.DupMapKeyEnforcedAPF,
		IndefLength:      cbor.IndefLengthForbidden,
		MaxNestedLevels:  32,
		MaxArrayElements: 1 << 17,
		MaxMapPairs:      1 << 17,
	}.DecMode()
	return Codec{enc, dec}, err
}

// Encode is the stored form of row, a struct.
func (c Codec) Encode(row any) ([]byte, error) {
	buf := bytes.NewBuffer(make([]byte, 0, 256))
	buf.WriteByte(rowFormat)
	if err := c.enc.MarshalToBuffer(row, buf); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

// Decode reads the stored form into row, a pointer to a struct.
func (c Codec) Decode(value []byte, row any) (err error) {
	if len(value) == 0 {
		return errors.New("empty value")
	}
	if value[0] != rowFormat {
		return fmt.Errorf("unknown row format %d", value[0])
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("decoder: %v", p)
		}
	}()
	return c.dec.Unmarshal(value[1:], row)
}
