package remote

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
)

// pollReplies is how many arrivals one answer carries at most.
const pollReplies = 256

// Parameters of the query of a call for arrivals.
const (
	paramBox   = "box"
	paramSince = "since"
	paramWait  = "wait"
)

// arrivals answers GET /store/arrivals?box=N with a place in the feed of the
// mailbox, and with &since=PLACE it waits there until replies arrive, at most
// for &wait=SECONDS. As a place can be asked for again, an answer that gets
// lost on its way loses no reply.
func (h *Handler) arrivals(r *http.Request) (any, []byte, error) {
	query, err := parseArrivalsQuery(r.URL.RawQuery)
	if err != nil {
		return nil, nil, malformed(err)
	}
	if query.since == "" {
		doc, err := h.openFeed(r.Context(), query.box)
		return doc, nil, err
	}
	return h.poll(r.Context(), query, min(query.wait, h.opts.Hold))
}

type arrivalsQuery struct {
	box   reply.Mailbox
	since string
	wait  time.Duration
}

func parseArrivalsQuery(raw string) (arrivalsQuery, error) {
	const mailboxBits, secondsBits = 20, 16
	values, err := url.ParseQuery(raw)
	if err != nil {
		return arrivalsQuery{}, errors.New("the query cannot be read")
	}
	box, err := strconv.ParseUint(values.Get(paramBox), 10, mailboxBits)
	if err != nil {
		return arrivalsQuery{}, errors.New("box is the number of a mailbox")
	}
	q := arrivalsQuery{box: reply.Mailbox(box), since: values.Get(paramSince)}
	if values.Has(paramWait) {
		seconds, err := strconv.ParseUint(values.Get(paramWait), 10, secondsBits)
		if err != nil {
			return arrivalsQuery{}, errors.New("wait is a number of seconds")
		}
		q.wait = time.Duration(seconds) * time.Second
	}
	return q, nil
}

// openFeed returns where the feed of a mailbox stands and what came before.
func (h *Handler) openFeed(ctx context.Context, box reply.Mailbox) (arrivalsDoc, error) {
	f, at, err := h.feeds.open(box, time.Now())
	if err != nil {
		return arrivalsDoc{}, err
	}
	replies, err := h.store.Collect(ctx, box, reply.ID{})
	if err != nil {
		return arrivalsDoc{}, err
	}
	doc := arrivalsDoc{Present: make([]reply.ID, 0, len(replies))}
	later := map[reply.ID]bool{} // arrived meanwhile, so they are in the feed
	if f != nil {
		doc.Next = f.cursor(at)
		ids, _, err := f.from(at, 2*feedIDs) //nolint:mnd // all that there can be
		if err != nil {
			return arrivalsDoc{}, err
		}
		for _, id := range ids {
			later[id] = true
		}
	}
	for i := range replies {
		if id := replies[i].ID; !later[id] {
			doc.Present = append(doc.Present, id)
		}
	}
	return doc, nil
}

// poll waits for arrivals.
func (h *Handler) poll(ctx context.Context, q arrivalsQuery, hold time.Duration) (any, []byte, error) {
	f, at, err := h.feeds.beginPoll(q.box, q.since)
	if err != nil {
		return nil, nil, err
	}
	defer func() { h.feeds.endPoll(f, time.Now()) }()
	timer := time.NewTimer(hold)
	defer timer.Stop()
	ids, changed, err := f.from(at, pollReplies)
	if err == nil && len(ids) == 0 {
		select {
		case <-changed:
		case <-timer.C:
		case <-ctx.Done():
		case <-h.feeds.closed:
		}
		ids, _, err = f.from(at, pollReplies)
	}
	if err != nil {
		return nil, nil, err
	}
	return h.arrived(ctx, f, at, ids)
}

// arrived is the answer that carries the replies of ids, the first of which
// has the number at.
func (h *Handler) arrived(ctx context.Context, f *feed, at uint64, ids []reply.ID) (any, []byte, error) {
	replies := make([]reply.Reply, 0, len(ids))
	numbers := make([]uint64, 0, len(ids))
	next := at
	for _, id := range ids {
		record, err := h.store.Lookup(ctx, id)
		switch {
		case err == nil && record.State == reply.Completed:
			replies, numbers = append(replies, record.Reply), append(numbers, next)
		case err == nil, errors.Is(err, reply.ErrExpired), errors.Is(err, reply.ErrUnknown): // gone
		default:
			return nil, nil, err
		}
		next++
	}
	docs, page := h.page(replies)
	if len(docs) < len(replies) {
		next = numbers[len(docs)]
	}
	return arrivalsDoc{Next: f.cursor(next), Replies: docs}, page, nil
}
