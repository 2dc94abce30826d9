package remote

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/cloudevents/sdk-go/v2/types"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/problem"
)

func (h *Handler) register(ctx context.Context, m message) (any, []byte, error) {
	var doc requestDoc
	if err := m.plain(&doc, &doc.ID); err != nil {
		return nil, nil, err
	}
	return nil, nil, h.store.Register(ctx, doc.request())
}

func (h *Handler) complete(ctx context.Context, m message) (any, []byte, error) {
	var doc replyDoc
	if err := m.read(&doc); err != nil {
		return nil, nil, malformed(err)
	}
	r, err := doc.reply(&m.replies)
	if err == nil && len(m.replies) > 0 {
		err = errTrailing
	}
	if err != nil {
		return nil, nil, malformed(err)
	}
	return nil, nil, h.store.Complete(ctx, r)
}

func (h *Handler) lookup(ctx context.Context, m message) (any, []byte, error) {
	var doc idDoc
	if err := m.plain(&doc, &doc.ID); err != nil {
		return nil, nil, err
	}
	record, err := h.store.Lookup(ctx, doc.ID)
	if err != nil {
		return nil, nil, err
	}
	out := recordDoc{replyDoc{Request: newRequestDoc(record.Request)}, record.State}
	var replies []byte
	if record.State == reply.Completed {
		out.replyDoc, replies, _ = h.fitting(nil, record.Reply)
	}
	return out, replies, nil
}

func (h *Handler) cancel(ctx context.Context, m message) (any, []byte, error) {
	var doc idDoc
	if err := m.plain(&doc, &doc.ID); err != nil {
		return nil, nil, err
	}
	return nil, nil, h.store.Cancel(ctx, doc.ID)
}

func (h *Handler) claim(ctx context.Context, m message) (any, []byte, error) {
	var doc claimDoc
	if err := m.plain(&doc, &doc.Owner); err != nil {
		return nil, nil, err
	}
	c := reply.Claim{Key: string(doc.Key), Tenant: string(doc.Tenant), Owner: doc.Owner, Lease: doc.Lease, Expires: doc.Expires}
	if len(doc.Fingerprint) != len(c.Fingerprint) {
		return nil, nil, functions.Errorf(http.StatusBadRequest, "a fingerprint has %d bytes", len(c.Fingerprint))
	}
	copy(c.Fingerprint[:], doc.Fingerprint)
	holder, err := h.store.Claim(ctx, c)
	return holderDoc{holder}, nil, err
}

func (h *Handler) release(ctx context.Context, m message) (any, []byte, error) {
	var doc releaseDoc
	if err := m.plain(&doc, &doc.Owner); err != nil {
		return nil, nil, err
	}
	return nil, nil, h.store.Release(ctx, string(doc.Key), doc.Owner)
}

func (h *Handler) collect(ctx context.Context, m message) (any, []byte, error) {
	var doc collectDoc
	if err := m.plain(&doc); err != nil {
		return nil, nil, err
	}
	since := doc.Since
	if doc.After != (reply.ID{}) {
		since = doc.After
	}
	replies, err := h.store.Collect(ctx, doc.Box, since)
	if err != nil {
		return nil, nil, err
	}
	if len(replies) > 0 && replies[0].ID == doc.After {
		replies = replies[1:]
	}
	docs, page := h.page(replies)
	return pageDoc{Replies: docs, More: len(docs) < len(replies)}, page, nil
}

const (
	// pageReplies and pageBytes end a page of replies, so that neither side
	// holds a whole mailbox.
	pageReplies = 1000
	pageBytes   = 1 << 20
	// envelope is room for what surrounds the last reply of a page.
	envelope = 1 << 10
)

// page lists the first replies: at least one, if there is one.
func (h *Handler) page(replies []reply.Reply) (docs []replyDoc, page []byte) {
	docs = make([]replyDoc, 0, min(len(replies), pageReplies))
	size := 0
	for _, r := range replies {
		doc, more, n := h.fitting(page, r)
		size += n + 1
		if len(docs) == pageReplies || len(docs) > 0 && int64(size) > min(pageBytes, h.opts.MaxBody-envelope) {
			break
		}
		docs, page = append(docs, doc), more
	}
	return docs, page
}

// fitting appends a reply to others, and returns its document and the size of
// both. One that cannot be carried, as it is too large or no proper event,
// becomes an error reply in its place: else it would be lost, and all of its
// mailbox that comes after it.
func (h *Handler) fitting(replies []byte, r reply.Reply) (doc replyDoc, out []byte, size int) {
	doc, out, size, err := sized(replies, r)
	if err == nil && int64(size) <= h.opts.MaxBody-envelope {
		return doc, out, size
	}
	detail := "the reply is larger than the reply store sends"
	if err != nil {
		detail = "the reply cannot be sent as an event"
	}
	r.Event = problem.Event(functions.Errorf(http.StatusInternalServerError, "%s", detail), r.ID.String(),
		types.URIRef{URL: url.URL{Path: "/store"}}, "homing.reply.problem")
	r.Event.SetTime(r.ID.Time()) // so that it is the same one each time
	r.Progress = nil
	if doc, out, size, err = sized(replies, r); err != nil { // a time that JSON cannot hold
		r.Deadline, r.Expires = r.ID.Time(), r.ID.Time()
		doc, out, size, _ = sized(replies, r) // nothing is left that could fail
	}
	return doc, out, size
}

func sized(replies []byte, r reply.Reply) (doc replyDoc, out []byte, size int, err error) {
	doc, out, err = appendReply(replies, r)
	if err != nil {
		return doc, replies, 0, err
	}
	line, err := json.Marshal(doc)
	return doc, out, len(line) + doc.Size, err
}
