package redis

import (
	"bytes"
	"cmp"
	"strconv"
	"strings"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/internal/encoding"
)

// arrival is a reply that has come.
type arrival struct {
	request reply.Request
	place   place // in the stream of its mailbox
	body    []byte
}

// reply returns a copy of the reply, but for the data of its event.
func (a *arrival) reply() (r reply.Reply, err error) {
	r.Request = a.request
	r.Event, r.Progress, err = encoding.Read(a.body)
	return r, err
}

// fillIn takes from the registered request what its reply need not know.
func (a *arrival) fillIn(registered reply.Request) {
	r := &a.request
	r.Tenant, r.Chain, r.Key = cmp.Or(r.Tenant, registered.Tenant), cmp.Or(r.Chain, registered.Chain), cmp.Or(r.Key, registered.Key)
}

// The texts of a value: the request as its reply has it.
const (
	tenantText = iota
	chainText
	keyText
	deadlineText
	expiresText
	numTexts
)

// value is what is stored of a reply and is pushed to who waits for it: its id, the
// name of the call, by which it is recognised when it is repeated, and the lengths
// of the texts in a line, then the texts and the body. The script puts the place in
// front.
func (w *writing) value() []byte {
	r := w.request
	all := [numTexts]string{r.Tenant, r.Chain, r.Key, moment(r.Deadline), moment(r.Expires)}
	const lengths = numTexts * 4
	size := len(r.ID) + len(w.call) + lengths + len(w.body)
	for _, text := range all {
		size += len(text)
	}
	out := append(append(make([]byte, 0, size), r.ID[:]...), w.call...)
	for _, text := range all {
		out = strconv.AppendInt(append(out, ' '), int64(len(text)), 10)
	}
	out = append(out, '\n')
	for _, text := range all {
		out = append(out, text...)
	}
	return append(out, w.body...)
}

// parseValue reads a place and what value returns, or its id alone.
func parseValue(stored string) (a arrival, err error) {
	at, value, _ := strings.Cut(stored, " ")
	if a.place, err = parsePlace(at); err != nil {
		return a, err
	}
	id := &a.request.ID
	if copy(id[:], value) != len(id) {
		return a, errMalformed
	}
	if len(value) == len(id) {
		return a, nil
	}
	line, rest, _ := bytes.Cut([]byte(value[len(id):]), []byte("\n"))
	lengths := bytes.Split(line, []byte(" "))
	if len(lengths) != 1+numTexts {
		return a, errMalformed
	}
	var all [numTexts]any
	for i, length := range lengths[1:] {
		n, err := strconv.Atoi(string(length))
		if err != nil || n < 0 || n > len(rest) {
			return a, errMalformed
		}
		all[i], rest = string(rest[:n]), rest[n:]
	}
	a.body = rest
	a.request, err = parseRequest(*id, all[:])
	return a, err
}
