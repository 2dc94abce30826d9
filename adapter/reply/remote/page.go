package remote

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
)

const (
	// pageReplies and pageBytes end a page of replies, so that neither side
	// holds a whole mailbox as JSON.
	pageReplies = 1000
	pageBytes   = 1 << 20
	// envelope is room for what surrounds the last reply of a page.
	envelope = 1 << 10
)

func (h *Handler) collect(ctx context.Context, body []byte) ([]byte, error) {
	var doc collectDoc
	if err := decodeStrictly(body, &doc); err != nil {
		return nil, malformed(err)
	}
	since := reply.ID(doc.Since)
	if doc.After != nil {
		since = reply.ID(*doc.After)
	}
	replies, err := h.store.Collect(ctx, doc.Box, since)
	if err != nil {
		return nil, err
	}
	if doc.After != nil && len(replies) > 0 && replies[0].ID == since {
		replies = replies[1:]
	}
	docs, data, sent := h.page(replies)
	return answer(pageDoc{Replies: docs, More: sent < len(replies)}, data)
}

// page gives the first replies, with their data, and says how many: at least
// one, if there is one.
func (h *Handler) page(replies []reply.Reply) (docs []json.RawMessage, data []byte, sent int) {
	docs = make([]json.RawMessage, 0, min(len(replies), pageReplies))
	var size int64
	for _, r := range replies {
		doc, more := h.fitting(r)
		size += int64(len(doc)+len(more)) + 1
		if sent > 0 && (sent == pageReplies || size > min(pageBytes, h.opts.MaxBody-envelope)) {
			break
		}
		docs, data = append(docs, doc), append(data, more...)
		sent++
	}
	return docs, data, sent
}

// fitting gives the document and the data of a reply. One that cannot be
// carried, as it is too large or no proper event, becomes an error reply in its
// place: else it would be lost, and all of its mailbox that comes after it.
func (h *Handler) fitting(r reply.Reply) (doc, data []byte) {
	doc, data, err := newReplyDoc(r)
	if err == nil && int64(len(doc)+len(data)) <= h.opts.MaxBody-envelope {
		return doc, data
	}
	detail := "the reply is larger than the reply store sends"
	if err != nil {
		detail = "the reply cannot be sent as an event"
	}
	r.Event = problemEvent(r.ID, detail)
	r.Progress = nil
	if doc, data, err = newReplyDoc(r); err != nil { // a time that JSON cannot hold
		r.Deadline, r.Expires = r.ID.Time(), r.ID.Time()
		doc, data, _ = newReplyDoc(r) // nothing is left that could fail
	}
	return doc, data
}

func problemEvent(id reply.ID, detail string) event.Event {
	ev := event.New()
	ev.SetID(id.String())
	ev.SetSource("/store")
	ev.SetType("homing.reply.problem")
	ev.SetDataContentType(functions.ProblemContentType)
	functions.SetStatus(&ev, http.StatusInternalServerError)
	ev.DataEncoded = []byte(`{"title":"Internal Server Error","status":500,"detail":"` + detail +
		`","requestid":"` + id.String() + `"}`)
	return ev
}
