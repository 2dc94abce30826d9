package remote

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/internal/encoding"
	"github.com/homing-dev/homing/functions"
)

// Root is the path below which a [Handler] answers.
const Root = "/store/"

// mediaType is that of all bodies but problems: one line with a JSON document,
// and after it the replies that the document lists, as package encoding writes
// them, one after another.
const mediaType = "application/vnd.homing.store"

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

// message is a body: a document and the replies that it lists.
type message struct {
	doc     []byte
	replies []byte
}

// split takes a body apart. encoding/json writes no line breaks.
func split(body []byte) message {
	doc, replies, _ := bytes.Cut(body, []byte("\n"))
	return message{doc, replies}
}

// join writes a body.
func join(doc any, replies []byte) ([]byte, error) {
	line, err := json.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("write JSON: %w", err)
	}
	body := make([]byte, 0, len(line)+1+len(replies))
	return append(append(append(body, line...), '\n'), replies...), nil
}

var errTrailing = errors.New("something follows the JSON document")

// read reads the document. A member that is not known is an error: it may be a
// condition that must not be passed over.
func (m message) read(into any) error {
	if !utf8.Valid(m.doc) {
		return errors.New("the document is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(m.doc))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("read JSON: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errTrailing
	}
	return nil
}

// plain reads the document of a request that has no replies, and in which these
// ids must be.
func (m message) plain(into any, ids ...*reply.ID) error {
	err := m.read(into)
	if err == nil && len(m.replies) > 0 {
		err = errTrailing
	}
	for _, id := range ids {
		if err == nil && *id == (reply.ID{}) {
			err = reply.ErrBadID
		}
	}
	return malformed(err)
}

func malformed(err error) error {
	if err == nil {
		return nil
	}
	return functions.Errorf(http.StatusBadRequest, "the request is malformed: %v", err)
}

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
		err := message{doc: doc}.read(&b)
		*t = text(b.Base64)
		return err
	}
	return json.Unmarshal(doc, (*string)(t))
}

// requestDoc is a [reply.Request].
type requestDoc struct {
	ID       reply.ID  `json:"id,omitzero"`
	Tenant   text      `json:"tenant,omitempty"`
	Chain    text      `json:"chain,omitempty"`
	Key      text      `json:"key,omitempty"`
	Deadline time.Time `json:"deadline,omitzero"`
	Expires  time.Time `json:"expires,omitzero"`
}

func newRequestDoc(r reply.Request) requestDoc {
	return requestDoc{r.ID, text(r.Tenant), text(r.Chain), text(r.Key), r.Deadline.UTC(), r.Expires.UTC()}
}

func (d requestDoc) request() reply.Request {
	return reply.Request{
		ID: d.ID, Tenant: string(d.Tenant), Chain: string(d.Chain), Key: string(d.Key), Deadline: d.Deadline, Expires: d.Expires,
	}
}

// replyDoc is a [reply.Reply], or the request of one that has not come.
type replyDoc struct {
	Request requestDoc `json:"request"`
	// Size is the length of the reply in bytes.
	Size int `json:"size,omitempty"`
}

// appendReply appends a reply to others, and returns its document.
func appendReply(replies []byte, r reply.Reply) (replyDoc, []byte, error) {
	out, err := encoding.Append(replies, r)
	return replyDoc{newRequestDoc(r.Request), len(out) - len(replies)}, out, err
}

// reply takes the reply off the front of the others, whose memory it shares.
func (d replyDoc) reply(replies *[]byte) (reply.Reply, error) {
	if d.Size < 0 || d.Size > len(*replies) {
		return reply.Reply{}, errors.New("the replies are not as long as they are said to be")
	}
	if d.Request.ID == (reply.ID{}) {
		return reply.Reply{}, reply.ErrBadID
	}
	stored := (*replies)[:d.Size:d.Size]
	*replies = (*replies)[d.Size:]
	ev, progress, err := encoding.Read(stored)
	return reply.Reply{Request: d.Request.request(), Event: ev, Progress: progress}, err
}

// recordDoc is a [reply.Record].
type recordDoc struct {
	replyDoc

	State reply.State `json:"state"`
}

// idDoc names a request, for lookup and cancel.
type idDoc struct {
	ID reply.ID `json:"id,omitzero"`
}

// claimDoc is a [reply.Claim].
type claimDoc struct {
	Key         text      `json:"key"`
	Tenant      text      `json:"tenant,omitempty"`
	Fingerprint []byte    `json:"fingerprint"`
	Owner       reply.ID  `json:"owner,omitzero"`
	Lease       time.Time `json:"lease,omitzero"`
	Expires     time.Time `json:"expires,omitzero"`
}

// holderDoc answers a claim.
type holderDoc struct {
	Holder reply.ID `json:"holder"`
}

// releaseDoc releases a key.
type releaseDoc struct {
	Key   text     `json:"key"`
	Owner reply.ID `json:"owner,omitzero"`
}

// collectDoc asks for a page of a mailbox.
type collectDoc struct {
	Box   reply.Mailbox `json:"box"`
	Since reply.ID      `json:"since,omitzero"`
	// After is the last id of the page before; its reply is not sent again.
	After reply.ID `json:"after,omitzero"`
}

// pageDoc is a part of a mailbox.
type pageDoc struct {
	Replies []replyDoc `json:"replies"`
	// More means that the mailbox goes on after the last of Replies.
	More bool `json:"more,omitempty"`
}

// arrivalsDoc answers a call for arrivals.
type arrivalsDoc struct {
	// Next is the place to go on from; "" if the store wakes nobody.
	Next string `json:"next"`
	// Present lists the completed requests of the mailbox that came before
	// Next. It is in the first answer, when the call names no place.
	Present []reply.ID `json:"present,omitempty"`
	// Replies are what has arrived from the named place on.
	Replies []replyDoc `json:"replies,omitempty"`
}
