package reply

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"time"
)

// ID is the id of a request: a UUIDv7 (RFC 9562 section 5.7), so ids are in
// the order of their start, to the millisecond. Its last 20 bits name the
// mailbox, so that any replica finds the reply of an id; 54 bits are random.
type ID [16]byte

// Mailbox names the part of the reply store that one adapter process reads:
// 20 bits. Two processes that chose the same one by chance only read a little
// more than they need to.
type Mailbox uint32

const mailboxMask = 1<<20 - 1

// ErrBadID means that a text is no request id.
var ErrBadID = errors.New("a request id is a UUID, version 7")

// NewMailbox chooses a mailbox at random.
func NewMailbox() Mailbox {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails, since Go 1.24
	return Mailbox(binary.BigEndian.Uint32(b[:]) & mailboxMask)
}

// NewID creates an id for a request that starts now and has its reply in box.
func NewID(now time.Time, box Mailbox) ID {
	var id ID
	_, _ = rand.Read(id[6:]) // never fails, since Go 1.24
	id[6] = id[6]&0x0f | 0x70
	id[8] = id[8]&0x3f | 0x80
	ms := uint64(now.UnixMilli()) //nolint:gosec // after 1970
	binary.BigEndian.PutUint16(id[0:], uint16(ms>>32))
	binary.BigEndian.PutUint32(id[2:], uint32(ms))   //nolint:gosec // the lower half
	id[13] = id[13]&0xf0 | byte(box>>16)&0x0f        //nolint:gosec // four bits
	binary.BigEndian.PutUint16(id[14:], uint16(box)) //nolint:gosec // the lower bits
	return id
}

// ParseID reads the 36 characters of an id. The digits may be in upper case
// (RFC 9562 section 4); String returns the same id in lower case.
func ParseID(s string) (ID, error) {
	var id ID
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return ID{}, ErrBadID
	}
	digits := s[:8] + s[9:13] + s[14:18] + s[19:23] + s[24:]
	if _, err := hex.Decode(id[:], []byte(digits)); err != nil {
		return ID{}, ErrBadID
	}
	if id[6]>>4 != 7 || id[8]>>6 != 0b10 {
		return ID{}, ErrBadID
	}
	return id, nil
}

// String returns the id as 36 characters in lower case.
func (id ID) String() string {
	var b [36]byte
	hex.Encode(b[0:8], id[0:4])
	hex.Encode(b[9:13], id[4:6])
	hex.Encode(b[14:18], id[6:8])
	hex.Encode(b[19:23], id[8:10])
	hex.Encode(b[24:36], id[10:16])
	b[8], b[13], b[18], b[23] = '-', '-', '-', '-'
	return string(b[:])
}

// MarshalText implements [encoding.TextMarshaler]: it returns what String does.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler]: it takes what ParseID
// does.
func (id *ID) UnmarshalText(text []byte) (err error) {
	*id, err = ParseID(string(text))
	return err
}

// Time is when the request started, to the millisecond.
func (id ID) Time() time.Time {
	ms := uint64(binary.BigEndian.Uint16(id[0:]))<<32 | uint64(binary.BigEndian.Uint32(id[2:]))
	return time.UnixMilli(int64(ms)) //nolint:gosec // 48 bits
}

// Mailbox is where the reply of the request is put.
func (id ID) Mailbox() Mailbox {
	return Mailbox(binary.BigEndian.Uint32(id[12:]) & mailboxMask)
}

// Compare orders ids by their start.
func (id ID) Compare(other ID) int { return bytes.Compare(id[:], other[:]) }
