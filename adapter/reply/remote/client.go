package remote

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
)

// ErrUnauthorised means that the server refuses the secret of a [Client].
var ErrUnauthorised = errors.New("secret of the reply store refused")

// settleTime is for how long an answer is still waited for after the context
// of a change has ended.
const settleTime = time.Second

// Options configure a [Client]. The zero value has the defaults.
type Options struct {
	// MaxBody bounds what is sent and what is read of an answer, in bytes; 0
	// means [DefaultMaxBody]. A larger reply is refused by
	// [reply.ErrTooLarge]. It should be that of the [Handler].
	MaxBody int64
	// Transport makes the calls; nil means one of the client's own, without a
	// proxy, with up to [DefaultConnections] connections. Each listener of
	// Notify takes one.
	Transport http.RoundTripper
}

// Client is a [reply.Store] and [reply.Notifier] in another process, where a
// [Handler] serves it. It is safe for concurrent use. Create one with [New].
//
// A call takes as long as its context lets it; one that changes something waits
// a second longer for its answer, once it is sent, so that what became of it is
// usually known. If it is not, it may even be carried out later. Nothing is sent
// twice but Lookup and Collect, once, when the connection breaks: any other call
// that fails may have been carried out, and may be repeated. Events are of
// CloudEvents 1.0; another one, or one that is not valid, is refused by a
// [*cloudevents.Error].
type Client struct {
	base         string
	secret       string
	maxBody      int64
	settle, open time.Duration // settleTime and openTimeout, but for tests
	http         http.Client
	listeners    listeners
	tenants      atomic.Int64 // see Share
}

var (
	_ reply.Store    = (*Client)(nil)
	_ reply.Notifier = (*Client)(nil)
	_ reply.Sharing  = (*Client)(nil)
)

// New creates a client of the store below baseURL, such as
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
	if opts.MaxBody < 0 {
		return nil, errors.New("options of the reply store's client: a number is negative")
	}
	if opts.Transport == nil {
		opts.Transport = transport(DefaultConnections)
	}
	c := &Client{
		base:    strings.TrimRight(baseURL, "/") + Root,
		secret:  secret,
		maxBody: cmp.Or(opts.MaxBody, DefaultMaxBody),
		settle:  settleTime,
		open:    openTimeout,
		http:    http.Client{Transport: opts.Transport, CheckRedirect: stay},
	}
	c.listeners.start()
	return c, nil
}

// Close ends all listeners, waits for them and closes idle connections. It
// must not be called from a function that a listener calls. The store itself
// may still be used, but notifies nobody any more.
func (c *Client) Close() {
	c.listeners.close()
	c.http.CloseIdleConnections()
}

// Register implements [reply.Store].
func (c *Client) Register(ctx context.Context, r reply.Request) error {
	return c.change(ctx, opRegister, newRequestDoc(r), nil)
}

// Complete implements [reply.Store]. Listeners of this client are notified
// before it returns.
func (c *Client) Complete(ctx context.Context, r reply.Reply) error {
	doc, replies, err := appendReply(nil, r)
	if err != nil {
		return wrap(opComplete, err)
	}
	if err := c.change(ctx, opComplete, doc, replies); err != nil {
		return err
	}
	c.notifyOwn(ctx, r.ID)
	return nil
}

// Lookup implements [reply.Store].
func (c *Client) Lookup(ctx context.Context, id reply.ID) (reply.Record, error) {
	var doc recordDoc
	replies, err := c.ask(ctx, opLookup, idDoc{id}, &doc)
	if err != nil {
		return reply.Record{}, err
	}
	record := reply.Record{Request: doc.Request.request(), State: doc.State}
	if doc.State == reply.Completed {
		record.Reply, err = doc.reply(&replies)
	}
	if err == nil && record.ID != id {
		err = errors.New("the answer is about another request")
	}
	if err != nil {
		return reply.Record{}, wrap(opLookup, err)
	}
	return record, nil
}

// Cancel implements [reply.Store].
func (c *Client) Cancel(ctx context.Context, id reply.ID) error {
	return c.change(ctx, opCancel, idDoc{id}, nil)
}

// Claim implements [reply.Store].
func (c *Client) Claim(ctx context.Context, claim reply.Claim) (reply.ID, error) {
	var doc holderDoc
	_, err := c.ask(ctx, opClaim, claimDoc{
		Key: text(claim.Key), Tenant: text(claim.Tenant), Fingerprint: claim.Fingerprint[:], Owner: claim.Owner,
		Lease: claim.Lease.UTC(), Expires: claim.Expires.UTC(),
	}, &doc)
	if err == nil && doc.Holder == (reply.ID{}) {
		err = wrap(opClaim, reply.ErrBadID)
	}
	return doc.Holder, err
}

// Release implements [reply.Store].
func (c *Client) Release(ctx context.Context, key string, owner reply.ID) error {
	return c.change(ctx, opRelease, releaseDoc{text(key), owner}, nil)
}

// Collect implements [reply.Store]. It fetches as many pages as there are.
func (c *Client) Collect(ctx context.Context, box reply.Mailbox, since reply.ID) ([]reply.Reply, error) {
	var all []reply.Reply
	ask := collectDoc{Box: box, Since: since}
	for {
		var page pageDoc
		replies, err := c.ask(ctx, opCollect, ask, &page)
		if err != nil {
			return nil, err
		}
		before := len(all)
		if all, err = readReplies(all, page.Replies, replies); err != nil {
			return nil, wrap(opCollect, err)
		}
		for i := max(before, 1); i < len(all); i++ {
			if all[i-1].ID.Compare(all[i].ID) >= 0 {
				return nil, wrap(opCollect, errors.New("the replies are not in the order of their ids"))
			}
		}
		if !page.More {
			return all, nil
		}
		if len(all) == before {
			return nil, wrap(opCollect, errors.New("a page without replies promises more"))
		}
		ask.After = all[len(all)-1].ID
	}
}

// readReplies appends the listed replies to others.
func readReplies(to []reply.Reply, docs []replyDoc, replies []byte) ([]reply.Reply, error) {
	for _, doc := range docs {
		r, err := doc.reply(&replies)
		if err != nil {
			return nil, err
		}
		to = append(to, r)
	}
	return to, nil
}

// change sends an operation that is answered without a document.
func (c *Client) change(ctx context.Context, op string, doc any, replies []byte) error {
	_, err := c.send(ctx, op, doc, replies, http.StatusNoContent)
	return wrap(op, err)
}

// ask sends an operation that is answered with a document, and returns the
// replies that it lists.
func (c *Client) ask(ctx context.Context, op string, doc, into any) (replies []byte, err error) {
	body, err := c.send(ctx, op, doc, nil, http.StatusOK)
	if err != nil {
		return nil, wrap(op, err)
	}
	m := split(body)
	return m.replies, wrap(op, m.read(into))
}

func wrap(op string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("remote reply store: %s: %w", op, err)
}

// send makes a call and returns the body of its answer, which must have the
// wanted status. A change that was sent cannot be taken back: if its caller left
// at once, the server might carry it out after the caller has looked whether it
// did. So its answer is waited for a little longer.
func (c *Client) send(ctx context.Context, op string, doc any, replies []byte, want int) ([]byte, error) {
	body, err := join(doc, replies)
	if err != nil {
		return nil, err
	}
	if int64(len(body)) > c.maxBody {
		return nil, reply.TooLarge(c.maxBody)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if op == opLookup || op == opCollect {
		answer, err := c.post(ctx, op, body, want)
		if err != nil && broken(err) && ctx.Err() == nil {
			return c.post(ctx, op, body, want)
		}
		return answer, err
	}
	settled, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(c.settle, cancel) })()
	answer, err := c.post(settled, op, body, want)
	if err != nil && settled.Err() != nil {
		err = fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	return answer, err
}

// broken reports whether a connection broke, as when its server was restarted.
func broken(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

func (c *Client) post(ctx context.Context, op string, body []byte, want int) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+op, bytes.NewReader(body)) //nolint:gosec // to its own store
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", mediaType)
	return c.do(req, want)
}

func (c *Client) do(req *http.Request, want int) ([]byte, error) {
	req.Header.Set("Authorization", "Bearer "+c.secret)
	req.Header.Set("Accept", mediaType)
	c.announce(req.Header)
	resp, err := c.http.Do(req) //nolint:gosec // to the store that this process was configured with
	if err != nil {
		return nil, err
	}
	defer closeBody(resp)
	if resp.StatusCode != want {
		return nil, storeError(resp)
	}
	if want == http.StatusNoContent {
		return nil, nil
	}
	got, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil || got != mediaType {
		return nil, errors.New("the answer is not that of a reply store")
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, c.maxBody+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the answer: %w", err)
	case int64(len(body)) > c.maxBody:
		return nil, fmt.Errorf("the answer has more than %d bytes", c.maxBody)
	default:
		return body, nil
	}
}
