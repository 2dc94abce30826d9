package knative

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/remote"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/callback"
	"github.com/homing-dev/homing/internal/deadletter"
	"github.com/homing-dev/homing/internal/httpbody"
	"github.com/homing-dev/homing/internal/letterbox"
	"github.com/homing-dev/homing/internal/observe"
	"github.com/homing-dev/homing/internal/pathmux"
	"github.com/homing-dev/homing/internal/problem"
	"github.com/homing-dev/homing/runtimes/internal/worker"
)

// failureService is the dead-letter sink of the Triggers: an event that no vertex
// could be brought comes by POST /. It is kept, and then its request is completed
// with an error reply. If either fails, the answer has the broker send it again:
// the same event twice is one letter and one reply.
type failureService struct {
	mux       *pathmux.Mux
	sink      deadletter.Sink
	box       letterbox.Box    // nil if nothing outlives this process
	store     worker.Completer // nil without a store
	replier   *remote.Replier  // nil if no URLs are allowed
	callbacks *callback.Sender // nil for none
	types     map[string]string
	keys      reply.Keys // of the adapters whose events are taken; none means all
	bodies    *httpbody.Budget
	work      work
	logged    recent
	letters   *prometheus.CounterVec
	log       *slog.Logger
}

const (
	// answerTime is for how long a reply is tried to be brought home at once; the
	// broker comes again after that.
	answerTime = 10 * time.Second
	// mostTime is for how long an event is held, with what the store takes.
	mostTime = 3 * answerTime
	// maxLetter is the size of a letter above which the data of its event is left
	// out.
	maxLetter = 16 << 20
	// fullPause is what a broker is asked to wait while there is no room for letters.
	fullPause = 5 * time.Second
)

func newFailure(cfg Config, chains []functions.Chain, o Options) (Service, error) {
	f := &failureService{
		mux: pathmux.New(), sink: deadletter.Sink{Broker: cfg.BrokerURL, Retries: cfg.Retries}, types: map[string]string{},
		keys: cfg.ReplyKeys, bodies: httpbody.NewBudget(cfg.BodyBudget), log: o.Logger,
	}
	f.letters = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "homing_dead_letters_total",
		Help: "Dead letters, each once, by whether its event is kept and its request was answered. The chain is empty if it is none of ours.",
	}, []string{"chain", "kept", "answered"})
	for _, c := range chains {
		f.types[c.Name] = c.WithDefaults().Type
		for _, kept := range []bool{true, false} { // so that a rate has a beginning
			for _, answered := range []bool{true, false} {
				f.letters.WithLabelValues(c.Name, strconv.FormatBool(kept), strconv.FormatBool(answered))
			}
		}
	}
	if keeper, ok := o.Store.(letterbox.Keeper); ok {
		f.box = keeper.Letters(cfg.Letters)
	} else {
		f.log.Warn("dead letters are only logged: set HOMING_STORE or HOMING_TABLE to keep them")
	}
	if o.Store != nil {
		var err error
		if f.callbacks, err = cfg.Callbacks.Sender(o.Traces, cfg.Metrics, o.Logger); err != nil {
			return nil, err //nolint:wrapcheck // names what is invalid
		}
		f.store = worker.InStore{Store: o.Store, Retention: cmp.Or(cfg.Retention, adapter.DefaultRetention), Callbacks: f.callbacks}
	}
	if len(cfg.ReplyAllow) > 0 {
		var err error
		if f.replier, err = remote.NewReplier(remote.ReplierOptions{Allow: cfg.ReplyAllow}); err != nil {
			return nil, fmt.Errorf("HOMING_REPLY_ALLOW: %w", err)
		}
	}
	return f, errors.Join(
		cfg.Metrics.Register(f.bodies),
		cfg.Metrics.Register(f.letters),
		cfg.Metrics.Register(f.work.collector()),
		f.mux.Handle(http.MethodGet, "/metrics", observe.Handler(cfg.Metrics).ServeHTTP),
		f.mux.Handle(http.MethodPost, "/{$}", f.handleEvent),
		f.mux.Handle(http.MethodGet, "/health/liveness", health(func() bool { return true }, "ALIVE")),
		f.mux.Handle(http.MethodGet, "/health/readiness", health(f.Ready, "READY")),
	)
}

// ServeHTTP implements http.Handler.
func (f *failureService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	problem.Nosniff(w.Header())
	f.mux.ServeHTTP(w, r)
}

func (f *failureService) handleEvent(w http.ResponseWriter, r *http.Request) {
	if !f.work.enter() {
		w.Header().Set("Connection", "close")
		problem.Write(w, drainingProblem())
		return
	}
	defer f.work.leave()
	var hold httpbody.Hold
	defer hold.Release()
	letter, err := f.read(w, r, &hold)
	if err == nil {
		err = f.handle(r.Context(), letter)
	}
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	own, ok := errors.AsType[*functions.Error](err)
	if !ok {
		own = functions.Errorf(http.StatusServiceUnavailable, "the dead letter could not be dealt with; send the event again")
		own.Cause, own.RetryAfter = err, time.Second
	}
	f.log.WarnContext(r.Context(), "dead letter refused", "requestid", letter.RequestID, "chain", letter.Chain, "step", letter.Step,
		"status", own.StatusCode(), "detail", own.Detail, "error", problem.ForLog(err))
	problem.Write(w, own)
}

func (f *failureService) read(w http.ResponseWriter, r *http.Request, hold *httpbody.Hold) (deadletter.Letter, error) {
	in, err := readEvent(w, r, f.bodies, hold, f.keys)
	if err != nil {
		return deadletter.Letter{}, err
	}
	letter, err := f.sink.Letter(in, time.Now())
	if err != nil {
		return deadletter.Letter{}, functions.Errorf(http.StatusBadRequest, "not a dead letter: %w", err)
	}
	return letter, nil
}

// handle keeps a letter, and then completes its request. That there is no room for
// letters keeps nobody from his reply.
func (f *failureService) handle(ctx context.Context, l deadletter.Letter) error {
	kept := f.keep(ctx, l)
	full := errors.Is(kept, letterbox.ErrFull) || errors.Is(kept, reply.ErrFull)
	if kept != nil && !full {
		return kept
	}
	because, err := f.complete(ctx, l)
	if err != nil {
		return err
	}
	if f.logged.add(l.Key) {
		chain := l.Chain
		if _, ours := f.types[chain]; !ours {
			chain = ""
		}
		f.letters.WithLabelValues(chain, strconv.FormatBool(f.box != nil && kept == nil), strconv.FormatBool(because == nil)).Inc()
		log := f.log
		if because != nil {
			log = log.With("error", because)
		}
		log.ErrorContext(ctx, "dead letter", "kept", f.box != nil && kept == nil, "answered", because == nil,
			"requestid", l.RequestID, "chain", l.Chain, "step", l.Step, "destination", l.Function, "tries", l.Tries,
			"reason", l.Reason, "detail", l.Detail, "deadline", l.Deadline)
	}
	if full {
		return &functions.Error{
			Problem: functions.Problem{
				Status: http.StatusServiceUnavailable, Title: "No room for dead letters",
				Detail: "the request is answered, and the event is not kept; `homing deadletter` makes room",
			},
			RetryAfter: fullPause, Cause: kept,
		}
	}
	return nil
}

func (f *failureService) keep(ctx context.Context, l deadletter.Letter) error {
	if f.box == nil {
		return nil
	}
	body, err := l.Encode(maxLetter)
	if err == nil {
		err = f.box.Put(ctx, l.Key, []byte(body))
	}
	if err != nil {
		return fmt.Errorf("keep the dead letter of request %s: %w", l.RequestID, err)
	}
	return nil
}

// errForeign is for an event that no adapter waits for the reply of.
var errForeign = errors.New("it is the event of no call: there is nobody to answer")

// complete completes the request of a letter. because is why it needs no reply or
// cannot have one, which would be the same another time.
func (f *failureService) complete(ctx context.Context, l deadletter.Letter) (because, err error) {
	ev, err := l.CloudEvent()
	if _, malformed := reply.ParseID(l.RequestID); err != nil || malformed != nil || l.Chain == "" || l.Deadline.IsZero() {
		return errForeign, nil
	}
	c := worker.Completion{Problem: l.Problem(), Request: worker.Request{
		ID: l.RequestID, Chain: functions.Chain{Name: l.Chain, Type: f.types[l.Chain]}.WithDefaults(), Deadline: l.Deadline,
		ReplyTo: functions.Attribute(ev, functions.AttrReplyTo), ReplyToken: functions.Attribute(ev, functions.AttrReplyToken),
		Callback: functions.Attribute(ev, functions.AttrCallback),
	}}
	to := f.store
	if f.replier != nil && c.ReplyTo != "" && c.ReplyTo != carrier.ReplyToStore {
		to = home{f.replier}
	}
	if to == nil {
		return errForeign, nil
	}
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	err = to.Complete(ctx, c)
	own, refused := errors.AsType[*functions.Error](err)
	switch {
	case err == nil:
		return nil, nil
	case worker.Permanent(err), errors.Is(err, callback.ErrRefused), refused && own.StatusCode() < http.StatusInternalServerError:
		return problem.ForLog(err), nil
	default:
		return nil, fmt.Errorf("answer request %s, whose event is a dead letter: %w", l.RequestID, err)
	}
}

// recent remembers keys, so that the same letter is logged once.
type recent struct {
	mu   sync.Mutex
	keys map[string]bool
	last map[string]bool // those before
}

// add returns false if the key is remembered.
func (r *recent) add(key string) bool {
	const most = 4096
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.keys[key] || r.last[key] {
		return false
	}
	if r.keys == nil || len(r.keys) >= most {
		r.keys, r.last = map[string]bool{}, r.keys
	}
	r.keys[strings.Clone(key)] = true
	return true
}

// Ready implements [Service].
func (f *failureService) Ready() bool { return !f.work.draining() }

// Drain implements [Service].
func (f *failureService) Drain(ctx context.Context) error { return f.work.drain(ctx) }

// MaxResponseTime implements [Service].
func (f *failureService) MaxResponseTime() time.Duration { return mostTime }

// Close implements [Service].
func (f *failureService) Close() {
	f.callbacks.Close()
	if f.replier != nil {
		f.replier.Close()
	}
}
