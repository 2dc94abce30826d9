package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/homing-dev/homing/adapter/reply"
)

// ErrUnauthorised means that the server refuses the secret of a [Client].
var ErrUnauthorised = errors.New("secret of the reply store refused")

// Options configure a [Client]. The zero value gives the defaults.
type Options struct {
	// MaxBody bounds what is sent and what is read of an answer, in bytes; 0
	// means [DefaultMaxBody]. A larger reply is refused by
	// [reply.ErrTooLarge]. It should be that of the [Handler].
	MaxBody int64
	// Connections is how many connections are open at once and kept for the
	// next call; 0 means [DefaultConnections]. Each listener of Notify takes
	// one.
	Connections int
	// Transport makes the calls; nil means one of the client's own, without a
	// proxy.
	Transport http.RoundTripper
}

// Client is a [reply.Store] and [reply.Notifier] in another process, where a
// [Handler] serves it. It is safe for concurrent use. Make one with [New].
//
// A call takes as long as its context lets it; one that changes something waits
// a second longer for its answer, once it is sent, so that what became of it is
// usually known. If it is not, it may even be carried out later. Nothing is sent twice but
// Lookup and Collect, once, when the connection breaks: any other call that
// fails may have been carried out, and may be repeated. Events are of
// CloudEvents 1.0; another one, or one that is not valid, is refused by a
// [*binding.Error].
type Client struct {
	base      string
	secret    string
	opts      Options
	http      http.Client
	listeners listeners
}

var (
	_ reply.Store    = (*Client)(nil)
	_ reply.Notifier = (*Client)(nil)
)

// New makes a client of the store below baseURL, such as
// http://adapter.default.svc.cluster.local; [Root] is added to it. It fails if
// that is no http or https URL without user, query and fragment, or if the
// secret is shorter than [MinSecret] bytes. Nothing is called.
func New(baseURL, secret string, opts Options) (*Client, error) {
	if _, err := parseTarget(baseURL); err != nil {
		return nil, fmt.Errorf("URL of the reply store %q: %w", baseURL, err)
	}
	if err := checkSecret(secret); err != nil {
		return nil, err
	}
	if opts.MaxBody < 0 || opts.Connections < 0 {
		return nil, errors.New("options of the reply store's client: a number is negative")
	}
	if opts.MaxBody == 0 {
		opts.MaxBody = DefaultMaxBody
	}
	if opts.Connections == 0 {
		opts.Connections = DefaultConnections
	}
	if opts.Transport == nil {
		opts.Transport = transport(opts.Connections)
	}
	return &Client{
		base:      strings.TrimRight(baseURL, "/") + Root,
		secret:    secret,
		opts:      opts,
		http:      http.Client{Transport: opts.Transport, CheckRedirect: stay},
		listeners: newListeners(),
	}, nil
}

// Close ends all listeners, waits for them and closes idle connections. It
// must not be called from a function that a listener calls. The store itself
// may still be used, but tells nobody any more.
func (c *Client) Close() {
	c.listeners.close()
	c.http.CloseIdleConnections()
}

// Register implements [reply.Store].
func (c *Client) Register(ctx context.Context, r reply.Request) error {
	return c.change(ctx, opRegister, newRequestDoc(r))
}

// Complete implements [reply.Store]. Listeners of this client are told before
// it returns.
func (c *Client) Complete(ctx context.Context, r reply.Reply) error {
	doc, data, err := newReplyDoc(r)
	if err != nil {
		return wrap(opComplete, err)
	}
	m := message{doc, data}
	if _, err := c.send(ctx, opComplete, m.append(make([]byte, 0, m.size())), http.StatusNoContent); err != nil {
		return wrap(opComplete, err)
	}
	c.tellOwn(ctx, r.ID)
	return nil
}

// Lookup implements [reply.Store].
func (c *Client) Lookup(ctx context.Context, id reply.ID) (reply.Record, error) {
	var doc recordDoc
	data, err := c.ask(ctx, opLookup, idDoc{wireID(id)}, &doc)
	if err != nil {
		return reply.Record{}, err
	}
	record, err := doc.record(data)
	if err == nil && record.ID != id {
		err = errors.New("the answer is about another request")
	}
	if err != nil {
		return reply.Record{}, wrap(opLookup, err)
	}
	return record, nil
}

func (d recordDoc) record(data []byte) (reply.Record, error) {
	request, err := d.Request.request()
	if err != nil {
		return reply.Record{}, err
	}
	state, err := parseState(d.State)
	if err != nil {
		return reply.Record{}, err
	}
	record := reply.Record{Request: request, State: state}
	if state == reply.Completed {
		record.Reply, err = readReply(d.Reply, &data)
	}
	return record, err
}

// Cancel implements [reply.Store].
func (c *Client) Cancel(ctx context.Context, id reply.ID) error {
	return c.change(ctx, opCancel, idDoc{wireID(id)})
}

// Claim implements [reply.Store].
func (c *Client) Claim(ctx context.Context, claim reply.Claim) (reply.ID, error) {
	var doc holderDoc
	_, err := c.ask(ctx, opClaim, claimDoc{
		Key: text(claim.Key), Fingerprint: claim.Fingerprint[:], Owner: wireID(claim.Owner),
		Lease: claim.Lease.UTC(), Expires: claim.Expires.UTC(),
	}, &doc)
	if err != nil {
		return reply.ID{}, err
	}
	holder, err := doc.Holder.request()
	if err != nil {
		return reply.ID{}, wrap(opClaim, err)
	}
	return holder, nil
}

// Release implements [reply.Store].
func (c *Client) Release(ctx context.Context, key string, owner reply.ID) error {
	return c.change(ctx, opRelease, releaseDoc{text(key), wireID(owner)})
}

// Collect implements [reply.Store]. It fetches as many pages as there are.
func (c *Client) Collect(ctx context.Context, box reply.Mailbox, since reply.ID) ([]reply.Reply, error) {
	var all []reply.Reply
	ask := collectDoc{Box: box, Since: wireID(since)}
	for {
		var page pageDoc
		data, err := c.ask(ctx, opCollect, ask, &page)
		if err != nil {
			return nil, err
		}
		before := len(all)
		for _, doc := range page.Replies {
			r, err := readReply(doc, &data)
			if err == nil && len(all) > 0 && all[len(all)-1].ID.Compare(r.ID) >= 0 {
				err = errors.New("the replies are not in the order of their ids")
			}
			if err != nil {
				return nil, wrap(opCollect, err)
			}
			all = append(all, r)
		}
		if !page.More {
			return all, nil
		}
		if len(all) == before {
			return nil, wrap(opCollect, errors.New("a page without replies promises more"))
		}
		last := wireID(all[len(all)-1].ID)
		ask.After = &last
	}
}

// change sends an operation that is answered without a document.
func (c *Client) change(ctx context.Context, op string, doc any) error {
	body, err := json.Marshal(doc)
	if err == nil {
		_, err = c.send(ctx, op, body, http.StatusNoContent)
	}
	return wrap(op, err)
}

// ask sends an operation that is answered with a document, and with the data
// of the replies in it.
func (c *Client) ask(ctx context.Context, op string, doc, into any) (data []byte, err error) {
	body, err := json.Marshal(doc)
	if err != nil {
		return nil, wrap(op, err)
	}
	got, err := c.send(ctx, op, body, http.StatusOK)
	if err != nil {
		return nil, wrap(op, err)
	}
	m := split(got)
	return m.data, wrap(op, decodeStrictly(m.doc, into))
}

func wrap(op string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("remote reply store: %s: %w", op, err)
}
