package remote

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/httpbody"
	"github.com/homing-dev/homing/internal/problem"
)

const (
	// DefaultMaxBody bounds a request and an answer: 16 MiB.
	DefaultMaxBody = 16 << 20
	// DefaultHold is how long a call for arrivals is held.
	DefaultHold = 20 * time.Second
	// MinSecret is the least length of a secret in bytes.
	MinSecret = 16
)

// HandlerOptions configure a [Handler]. The zero value has the defaults.
type HandlerOptions struct {
	// MaxBody bounds the body of a request, in bytes; 0 means
	// [DefaultMaxBody]. A larger reply is refused by [reply.ErrTooLarge]; one
	// that is in the store already is sent as an error reply.
	MaxBody int64
	// Hold is how long a call that waits for arrivals is held before it is
	// answered that there are none; 0 means [DefaultHold].
	Hold time.Duration
}

// Handler serves a reply store to whoever has the secret, below [Root]. It is
// safe for concurrent use. Create one with [NewHandler].
type Handler struct {
	store      reply.Store
	secret     [sha256.Size]byte
	opts       HandlerOptions
	operations map[string]operation
	feeds      *feeds
	tenants    atomic.Int64 // the most that an adapter has announced
}

// NewHandler creates a handler. It fails if the secret is shorter than
// [MinSecret] bytes or if a number is negative.
//
// Callers are woken when a reply arrives if the store is a [reply.Notifier];
// else they ask by themselves, once a second.
func NewHandler(store reply.Store, secret string, opts HandlerOptions) (*Handler, error) {
	if err := checkSecret(secret); err != nil {
		return nil, err
	}
	if opts.MaxBody < 0 || opts.Hold < 0 {
		return nil, errors.New("options of the store's handler: a number is negative")
	}
	opts.MaxBody, opts.Hold = cmp.Or(opts.MaxBody, DefaultMaxBody), cmp.Or(opts.Hold, DefaultHold)
	notifier, _ := store.(reply.Notifier)
	h := &Handler{store: store, secret: sha256.Sum256([]byte(secret)), opts: opts, feeds: newFeeds(notifier)}
	h.operations = map[string]operation{
		opRegister: h.register, opComplete: h.complete, opLookup: h.lookup, opCancel: h.cancel,
		opClaim: h.claim, opRelease: h.release, opCollect: h.collect,
	}
	return h, nil
}

func checkSecret(secret string) error {
	if len(secret) < MinSecret {
		return fmt.Errorf("the secret of the reply store has less than %d characters", MinSecret)
	}
	for _, c := range []byte(secret) {
		if c <= ' ' || c > '~' {
			return errors.New("the secret of the reply store has a character that a header cannot carry")
		}
	}
	return nil
}

// Close answers all calls that are held and ends the subscriptions to the
// store. It is for the end of the process, before the server is shut down.
func (h *Handler) Close() { h.feeds.close() }

// ServeHTTP implements [http.Handler].
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !h.authorised(r) {
		w.Header().Set("WWW-Authenticate", `Bearer realm="reply store"`)
		fail(w, functions.Errorf(http.StatusUnauthorized, "send the secret of the store: Authorization: Bearer SECRET"))
		return
	}
	h.share(r)
	name, ok := strings.CutPrefix(r.URL.Path, Root)
	operation := h.operations[name]
	method := http.MethodPost
	if name == opArrivals {
		method = http.MethodGet
	}
	switch {
	case !ok || operation == nil && name != opArrivals:
		fail(w, functions.Errorf(http.StatusNotFound, "the reply store has no such operation"))
	case r.Method != method:
		w.Header().Set("Allow", method)
		fail(w, functions.Errorf(http.StatusMethodNotAllowed, "send the operation by %s", method))
	case name == opArrivals:
		doc, replies, err := h.arrivals(r)
		answer(w, doc, replies, err)
	default:
		m, err := h.body(w, r)
		if err != nil {
			fail(w, err)
			return
		}
		doc, replies, err := operation(r.Context(), m)
		answer(w, doc, replies, err)
	}
}

// authorised compares hashes, so that the time shows nothing of the secret.
func (h *Handler) authorised(r *http.Request) bool {
	scheme, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	hash := sha256.Sum256([]byte(secret))
	return subtle.ConstantTimeCompare(hash[:], h.secret[:]) == 1 && strings.EqualFold(scheme, "Bearer")
}

// operation carries out a request and returns the document of the answer, nil
// for none, and the replies that it lists.
type operation func(context.Context, message) (doc any, replies []byte, err error)

// body reads the body of a request, within the bound.
func (h *Handler) body(w http.ResponseWriter, r *http.Request) (message, error) {
	sent, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || sent != mediaType {
		return message{}, functions.Errorf(http.StatusUnsupportedMediaType, "send %s", mediaType)
	}
	body, err := httpbody.Read(w, r, h.opts.MaxBody)
	if p, ok := errors.AsType[*functions.Error](err); ok && p.Status == http.StatusRequestEntityTooLarge {
		err = reply.TooLarge(h.opts.MaxBody)
	}
	return split(body), err
}

// answer responds with a document and the replies that it lists.
func answer(w http.ResponseWriter, doc any, replies []byte, err error) {
	var body []byte
	if err == nil && doc != nil {
		body, err = join(doc, replies)
	}
	switch {
	case err != nil:
		fail(w, err)
	case doc == nil:
		w.WriteHeader(http.StatusNoContent)
	default:
		header := w.Header()
		header.Set("Content-Type", mediaType)
		header.Set("Content-Length", strconv.Itoa(len(body)))
		header.Set("Cache-Control", "no-store")
		header.Set("X-Content-Type-Options", "nosniff")
		_, _ = w.Write(body) //nolint:gosec // no page, and said to be none; a client that is gone needs no answer
	}
}

// fail responds with the problem that err stands for.
func fail(w http.ResponseWriter, err error) {
	var own *functions.Error
	if p, ok := Problem(err); ok {
		own = p
	} else if !errors.As(err, &own) {
		own = functions.Errorf(http.StatusServiceUnavailable, "the store did not answer; the operation may be sent again")
		own.RetryAfter = time.Second
	}
	problem.Write(w, own)
}
