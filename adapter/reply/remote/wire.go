package remote

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
	"unicode/utf8"

	"github.com/homing-dev/homing/adapter/reply"
)

// Root is the path below which a [Handler] answers.
const Root = "/store/"

// mediaType is that of all bodies but problems: one line with a JSON document,
// and after it the data of the replies in the document, one after another. So
// data is never escaped, encoded or scanned.
const mediaType = "application/vnd.homing.store"

// message is a body. The data is that of the replies in doc, in their order.
type message struct {
	doc  []byte
	data []byte
}

func (m message) append(dst []byte) []byte {
	return append(append(append(dst, m.doc...), '\n'), m.data...)
}

func (m message) size() int64 { return int64(len(m.doc)) + 1 + int64(len(m.data)) }

// split takes a body apart. encoding/json writes no line breaks.
func split(body []byte) message {
	doc, data, _ := bytes.Cut(body, []byte("\n"))
	return message{doc, data}
}

// plain reads a body that has no data.
func plain(body []byte, into any) error {
	m := split(body)
	if len(m.data) > 0 {
		return errTrailing
	}
	return decodeStrictly(m.doc, into)
}

// Names of the operations, as the last part of their paths.
const (
	opRegister = "register"
	opComplete = "complete"
	opLookup   = "lookup"
	opCancel   = "cancel"
	opClaim    = "claim"
	opRelease  = "release"
	opCollect  = "collect"
	opArrivals = "arrivals"
)

// wireID is an id as 36 characters. Unlike [reply.ParseID] it takes any 16
// bytes: the start of a mailbox is no id of a request.
type wireID reply.ID

func (id wireID) MarshalText() ([]byte, error) { return []byte(reply.ID(id).String()), nil }

func (id *wireID) UnmarshalText(text []byte) error {
	var parsed reply.ID
	digits := bytes.ReplaceAll(text, []byte("-"), nil)
	if hex.DecodedLen(len(digits)) != len(parsed) {
		return reply.ErrBadID
	}
	if _, err := hex.Decode(parsed[:], digits); err != nil || parsed.String() != string(text) {
		return reply.ErrBadID
	}
	*id = wireID(parsed)
	return nil
}

// request gives the id of a request.
func (id wireID) request() (reply.ID, error) { return reply.ParseID(reply.ID(id).String()) }

// text is a string that need not be UTF-8, such as a key that a caller made
// up: JSON would turn two of them into one.
type text string

type binaryText struct {
	Base64 []byte `json:"base64"`
}

func (t text) MarshalJSON() ([]byte, error) {
	if utf8.ValidString(string(t)) {
		return json.Marshal(string(t))
	}
	return json.Marshal(binaryText{[]byte(t)})
}

func (t *text) UnmarshalJSON(doc []byte) error {
	if len(doc) > 0 && doc[0] == '{' {
		var b binaryText
		if err := decodeStrictly(doc, &b); err != nil {
			return err
		}
		*t = text(b.Base64)
		return nil
	}
	return json.Unmarshal(doc, (*string)(t))
}

// requestDoc is a [reply.Request].
type requestDoc struct {
	ID       wireID    `json:"id"`
	Tenant   text      `json:"tenant,omitempty"`
	Chain    text      `json:"chain,omitempty"`
	Key      text      `json:"key,omitempty"`
	Deadline time.Time `json:"deadline,omitzero"`
	Expires  time.Time `json:"expires,omitzero"`
}

func newRequestDoc(r reply.Request) requestDoc {
	return requestDoc{
		ID: wireID(r.ID), Tenant: text(r.Tenant), Chain: text(r.Chain), Key: text(r.Key),
		Deadline: r.Deadline.UTC(), Expires: r.Expires.UTC(),
	}
}

func (d requestDoc) request() (reply.Request, error) {
	id, err := d.ID.request()
	return reply.Request{
		ID: id, Tenant: string(d.Tenant), Chain: string(d.Chain), Key: string(d.Key),
		Deadline: d.Deadline, Expires: d.Expires,
	}, err
}

// claimDoc is a [reply.Claim].
type claimDoc struct {
	Key         text      `json:"key"`
	Fingerprint []byte    `json:"fingerprint"`
	Owner       wireID    `json:"owner"`
	Lease       time.Time `json:"lease,omitzero"`
	Expires     time.Time `json:"expires,omitzero"`
}

// idDoc names a request, for lookup and cancel.
type idDoc struct {
	ID wireID `json:"id"`
}

// releaseDoc gives a key back.
type releaseDoc struct {
	Key   text   `json:"key"`
	Owner wireID `json:"owner"`
}

// holderDoc answers a claim.
type holderDoc struct {
	Holder wireID `json:"holder"`
}

// collectDoc asks for a page of a mailbox.
type collectDoc struct {
	Box   reply.Mailbox `json:"box"`
	Since wireID        `json:"since"`
	// After is the last id of the page before; its reply is not sent again.
	After *wireID `json:"after,omitempty"`
}

// recordDoc is a [reply.Record].
type recordDoc struct {
	Request requestDoc      `json:"request"`
	State   string          `json:"state"`
	Reply   json.RawMessage `json:"reply,omitempty"`
}

// pageDoc is a part of a mailbox.
type pageDoc struct {
	Replies []json.RawMessage `json:"replies"`
	// More says that the mailbox goes on after the last of Replies.
	More bool `json:"more,omitempty"`
}

var errTrailing = errors.New("something follows the JSON document")

// decodeStrictly reads one JSON document. A member that is not known is an
// error: it may be a condition that must not be passed over.
func decodeStrictly(doc []byte, into any) error {
	if !utf8.Valid(doc) {
		return errors.New("the document is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(doc))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("read JSON: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errTrailing
	}
	return nil
}

// stateNames are the states of a record on the wire, by their numbers.
func stateNames() [3]string {
	return [...]string{reply.Pending: "pending", reply.Completed: "completed", reply.Cancelled: "cancelled"}
}

func parseState(name string) (reply.State, error) {
	for state, known := range stateNames() {
		if name == known {
			return reply.State(state), nil
		}
	}
	return 0, errors.New("unknown state of a request")
}
