package remote

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
)

func malformed(err error) error {
	return functions.Errorf(http.StatusBadRequest, "the request is malformed: %v", err)
}

func answer(doc any, data []byte) ([]byte, error) {
	head, err := json.Marshal(doc)
	m := message{head, data}
	return m.append(make([]byte, 0, m.size())), err
}

func (h *Handler) register(ctx context.Context, body []byte) ([]byte, error) {
	var doc requestDoc
	if err := plain(body, &doc); err != nil {
		return nil, malformed(err)
	}
	r, err := doc.request()
	if err != nil {
		return nil, malformed(err)
	}
	return nil, h.store.Register(ctx, r)
}

func (h *Handler) complete(ctx context.Context, body []byte) ([]byte, error) {
	m := split(body)
	r, err := readReply(m.doc, &m.data)
	if err == nil && len(m.data) > 0 {
		err = errTrailing
	}
	if err != nil {
		return nil, malformed(err)
	}
	return nil, h.store.Complete(ctx, r)
}

func (h *Handler) lookup(ctx context.Context, body []byte) ([]byte, error) {
	id, err := readID(body)
	if err != nil {
		return nil, err
	}
	record, err := h.store.Lookup(ctx, id)
	if err != nil {
		return nil, err
	}
	doc := recordDoc{Request: newRequestDoc(record.Request), State: stateNames()[record.State]}
	var data []byte
	if record.State == reply.Completed {
		doc.Reply, data = h.fitting(record.Reply)
	}
	return answer(doc, data)
}

func (h *Handler) cancel(ctx context.Context, body []byte) ([]byte, error) {
	id, err := readID(body)
	if err != nil {
		return nil, err
	}
	return nil, h.store.Cancel(ctx, id)
}

func readID(body []byte) (reply.ID, error) {
	var doc idDoc
	if err := plain(body, &doc); err != nil {
		return reply.ID{}, malformed(err)
	}
	id, err := doc.ID.request()
	if err != nil {
		return reply.ID{}, malformed(err)
	}
	return id, nil
}

func (h *Handler) claim(ctx context.Context, body []byte) ([]byte, error) {
	var doc claimDoc
	if err := plain(body, &doc); err != nil {
		return nil, malformed(err)
	}
	c := reply.Claim{Key: string(doc.Key), Lease: doc.Lease, Expires: doc.Expires}
	owner, err := doc.Owner.request()
	if err != nil {
		return nil, malformed(err)
	}
	if len(doc.Fingerprint) != len(c.Fingerprint) {
		return nil, functions.Errorf(http.StatusBadRequest, "a fingerprint has %d bytes", len(c.Fingerprint))
	}
	c.Owner, c.Fingerprint = owner, [len(c.Fingerprint)]byte(doc.Fingerprint)
	holder, err := h.store.Claim(ctx, c)
	if err != nil {
		return nil, err
	}
	return answer(holderDoc{wireID(holder)}, nil)
}

func (h *Handler) release(ctx context.Context, body []byte) ([]byte, error) {
	var doc releaseDoc
	if err := plain(body, &doc); err != nil {
		return nil, malformed(err)
	}
	owner, err := doc.Owner.request()
	if err != nil {
		return nil, malformed(err)
	}
	return nil, h.store.Release(ctx, string(doc.Key), owner)
}
