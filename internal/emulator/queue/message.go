package queue

import (
	"crypto/md5" //nolint:gosec // SQS's checksum, which the SDKs check
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	uuid "github.com/aws/smithy-go/rand"
)

// attribute of a message, as its sender set it.
type attribute struct {
	DataType    string
	StringValue string `json:",omitempty"` //nolint:tagliatelle // SQS's own names
	BinaryValue []byte `json:",omitempty"` //nolint:tagliatelle // the same
}

// outgoing is what SendMessage takes of a message.
type outgoing struct {
	MessageBody       string
	DelaySeconds      int
	MessageAttributes map[string]attribute
}

const maxDelay = 900 // s

func (o outgoing) check() error {
	size := len(o.MessageBody)
	for name, a := range o.MessageAttributes {
		size += len(name) + len(a.DataType) + len(a.StringValue) + len(a.BinaryValue)
	}
	switch {
	case o.MessageBody == "":
		return errMissing("MessageBody")
	case size > MaxMessage:
		return errInvalid(fmt.Sprintf("One or more parameters are invalid. Reason: Message must be shorter than %d bytes.", MaxMessage))
	case !utf8.ValidString(o.MessageBody) || strings.ContainsFunc(o.MessageBody, forbidden):
		return errContents
	case o.DelaySeconds < 0 || o.DelaySeconds > maxDelay:
		return errInvalid("DelaySeconds must be from 0 to 900.")
	}
	return nil
}

// forbidden reports whether a body cannot have a character: those that XML 1.0
// cannot have.
func forbidden(r rune) bool {
	switch r {
	case '\t', '\n', '\r':
		return false
	default:
		return r < ' ' || r == '\uFFFE' || r == '\uFFFF'
	}
}

// message is in a queue.
type message struct {
	outgoing

	id            string
	sent, first   time.Time // first is when it was first received
	visible       time.Time // it is hidden until then
	receives      int
	deadLetterArn string // of the queue from which it was moved
}

// receipt is the handle of the latest time that the message was received.
func (m *message) receipt() string {
	return base64.URLEncoding.EncodeToString([]byte(m.id + "/" + strconv.Itoa(m.receives)))
}

// parseReceipt is the inverse of receipt.
func parseReceipt(handle string) (id string, receives int, err error) {
	b, err := base64.URLEncoding.DecodeString(handle)
	if err != nil {
		return "", 0, errReceipt(handle)
	}
	id, count, ok := strings.Cut(string(b), "/")
	receives, err = strconv.Atoi(count)
	if !ok || err != nil || id == "" || receives < 1 {
		return "", 0, errReceipt(handle)
	}
	return id, receives, nil
}

// system returns the attributes that SQS itself knows, those asked for.
func (m *message) system(asked []string, account string) map[string]string {
	milli := func(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }
	all := map[string]string{
		"ApproximateReceiveCount":          strconv.Itoa(m.receives),
		"ApproximateFirstReceiveTimestamp": milli(m.first),
		"SentTimestamp":                    milli(m.sent),
		"SenderId":                         account,
	}
	if m.deadLetterArn != "" {
		all["DeadLetterQueueSourceArn"] = m.deadLetterArn
	}
	return chosen(all, asked)
}

// chosen is the part of all that is asked for by name, or by "All".
func chosen[T any](all map[string]T, asked []string) map[string]T {
	some := map[string]T{}
	for name, value := range all {
		for _, a := range asked {
			prefix, wild := strings.CutSuffix(a, ".*")
			if a == "All" || a == name || wild && strings.HasPrefix(name, prefix) {
				some[name] = value
			}
		}
	}
	return some
}

func checksum(body string) string {
	sum := md5.Sum([]byte(body)) //nolint:gosec // the same
	return hex.EncodeToString(sum[:])
}

// newID returns the id of a message: a random UUID.
func newID() string {
	id, _ := uuid.NewUUID(rand.Reader).GetUUID() // which never fails, since Go 1.24
	return id
}
