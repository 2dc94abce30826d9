package adapter

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/accept"
	"github.com/homing-dev/homing/internal/cloudevents"
	"github.com/homing-dev/homing/internal/problem"
)

// A stream of server-sent events (WHATWG HTML section 9.2) is about one request:
// event 1 is that it was accepted, the next ones are what its steps do, and the
// last one, "reply", is the reply as a CloudEvent in structured mode.
// Ids count from 1, so a client that lost its connection goes on behind its
// Last-Event-ID.
const (
	streamContentType = "text/event-stream"
	acceptedEventID   = 1
	// problemEventID is that of the end of a stream without a reply: behind
	// every step, so that a client that comes back has it or gets it.
	problemEventID = acceptedEventID + maxProgress + 1
	// streamWrite is how long a client may take to read streamChunk bytes.
	streamWrite = 10 * time.Second
	streamChunk = 64 << 10
	// streamGrace is for how long after its deadline the reply of a request is
	// still expected, which is put just before.
	streamGrace = 250 * time.Millisecond
	// comeBack is the last comment of a stream that ends before its request.
	comeBack = "connect again for the rest"
	// streamRetryMillis is when a client that lost its connection comes back.
	streamRetryMillis = 1000
)

func wantsStream(r *http.Request) bool {
	return accept.Parse(r.Header["Accept"]).Prefers(streamContentType, "")
}

// stream answers GET /requests/{id} with "Accept: text/event-stream". asking is r for
// what is asked of the store before the stream begins.
func (a *Adapter) stream(w http.ResponseWriter, r, asking *http.Request, rec reply.Record) {
	last, err := lastEventID(r)
	if err != nil {
		a.fail(w, &exchange{}, err)
		return
	}
	if !a.watchers.enter() {
		a.fail(w, &exchange{}, tooManyWatchers())
		return
	}
	defer a.watchers.leave()
	now := time.Now()
	until := earlier(a.overdueAt(rec, now), a.platformLimit(r, now))
	wt := a.observe(r.Context(), rec.ID, until)
	defer a.waiters.unsubscribe(wt)
	if rec, err = a.find(asking, rec.Tenant); err != nil { // it may have ended before
		a.fail(w, &exchange{}, err)
		return
	}
	if rec.State == reply.Completed && last >= replyEventID(rec.Reply) || rec.State != reply.Completed && last >= problemEventID {
		w.WriteHeader(http.StatusNoContent) // keeps an EventSource from coming back
		return
	}
	h := w.Header()
	h.Set("Content-Type", streamContentType)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	s := &eventStream{w: w, control: http.NewResponseController(w), last: last}
	s.start(rec)
	a.follow(r, s, rec, wt, until)
}

// overdueAt returns when a stream that is there now ends if no reply has come.
func (a *Adapter) overdueAt(rec reply.Record, now time.Time) time.Time {
	switch {
	case a.overdueElsewhere(rec):
		return now
	case now.After(rec.Deadline): // its function runs on here
		return now.Add(streamGrace)
	default:
		return rec.Deadline.Add(streamGrace)
	}
}

// follow writes what happens to the request until it has ended.
func (a *Adapter) follow(r *http.Request, s *eventStream, rec reply.Record, wt *waiter, until time.Time) {
	beat := time.NewTicker(a.cfg.Heartbeat)
	defer beat.Stop()
	end := time.NewTimer(time.Until(until))
	defer end.Stop()
	running := a.calls.find(rec.ID)
	for s.err == nil {
		switch rec.State {
		case reply.Completed:
			s.reply(rec.Reply)
			a.streamed(r, s, rec.ID)
			return
		case reply.Cancelled:
			s.problem(errCancelled, rec.ID)
			return
		case reply.Pending:
		}
		var changed <-chan struct{}
		if running != nil {
			var news []reply.Progress
			news, changed = running.progress.since(s.steps)
			s.progress(news)
		}
		select {
		case o := <-wt.outcome:
			s.outcome(o, rec.ID)
			if o.reply != nil {
				a.streamed(r, s, rec.ID)
			}
			return
		case <-changed:
		case <-beat.C:
			s.comment("heartbeat")
		case <-end.C:
			a.endStream(r, s, rec)
			return
		case <-r.Context().Done():
			return
		case <-a.draining:
			s.comment("the server is shutting down; connect again")
			return
		}
	}
}

// endStream ends a stream to which no outcome has come: by what the store has of
// it, if its deadline has passed.
func (a *Adapter) endStream(r *http.Request, s *eventStream, rec reply.Record) {
	now, err := a.find(r, rec.Tenant)
	switch {
	case err != nil || time.Now().Before(rec.Deadline): // of the store, or of the platform
		s.comment(comeBack)
	case now.State == reply.Completed:
		s.reply(now.Reply)
		a.streamed(r, s, rec.ID)
	case now.State == reply.Cancelled:
		s.problem(errCancelled, rec.ID)
	default:
		s.problem(noReply(), rec.ID)
	}
}

// streamed notes that a stream has brought the reply of its request.
func (a *Adapter) streamed(r *http.Request, s *eventStream, id reply.ID) {
	if s.err == nil {
		a.delivered(r, id)
	}
}

// eventStream writes the events of one stream behind the last one that the
// client has.
type eventStream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	last    int // id of the last event that the client has
	steps   int // progress entries passed so far
	err     error
}

func (s *eventStream) start(rec reply.Record) {
	s.write(fmt.Sprintf("retry: %d\n\n", streamRetryMillis))
	s.event(acceptedEventID, "accepted", map[string]any{
		"id": rec.ID.String(), "chain": rec.Chain, "time": rec.ID.Time().UTC(), "deadline": rec.Deadline.UTC(),
	})
}

func (s *eventStream) progress(news []reply.Progress) {
	for _, p := range news {
		s.steps++
		s.event(acceptedEventID+s.steps, "progress", p)
	}
}

// replyEventID is the id of the last event of a stream.
func replyEventID(r reply.Reply) int { return acceptedEventID + len(r.Progress) + 1 }

func (s *eventStream) reply(r reply.Reply) {
	s.progress(r.Progress[min(s.steps, len(r.Progress)):])
	data, err := cloudevents.AppendStructured(nil, r.Event)
	if err != nil {
		s.problem(invalidResult(err), r.ID)
		return
	}
	s.event(replyEventID(r), "reply", json.RawMessage(data))
}

// outcome ends the stream of a request with what has become of it.
func (s *eventStream) outcome(o outcome, id reply.ID) {
	switch {
	case o.reply != nil:
		s.reply(*o.reply)
	case o.err != nil:
		s.comment(comeBack)
	case o.cancelled:
		s.problem(errCancelled, id)
	default:
		s.problem(superseded(), id)
	}
}

// problem ends the stream of a request that has no reply.
func (s *eventStream) problem(err error, id reply.ID) {
	p := explain(&exchange{}, err)
	p.RequestID = id.String()
	s.event(problemEventID, "problem", json.RawMessage(problem.Document(p)))
}

func (s *eventStream) event(id int, name string, data any) {
	if id <= s.last {
		return
	}
	doc, err := json.Marshal(data) // on one line
	if err != nil {
		s.err = err
		return
	}
	s.write(fmt.Sprintf("id: %d\nevent: %s\ndata: %s\n\n", id, name, doc))
}

func (s *eventStream) comment(text string) { s.write(": " + text + "\n\n") }

func (s *eventStream) write(text string) {
	for s.err == nil && text != "" {
		chunk := text[:min(len(text), streamChunk)]
		text = text[len(chunk):]
		_ = s.control.SetWriteDeadline(time.Now().Add(streamWrite)) // not every server can
		if _, s.err = io.WriteString(s.w, chunk); s.err == nil {
			s.err = s.control.Flush()
		}
	}
}

func lastEventID(r *http.Request) (int, error) {
	v := r.Header.Get("Last-Event-ID")
	if v == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 0 {
		return 0, functions.Errorf(http.StatusBadRequest, "header Last-Event-ID is no id of an event of this stream")
	}
	return n, nil
}

// progressLog is what the steps of a running call did so far. Only calls that
// somebody can ask about keep one.
type progressLog struct {
	mu      sync.Mutex
	entries []reply.Progress
	changed chan struct{} // closed at the next entry; nil while nobody looks
}

// maxProgress bounds the log of one call; a chain with many retries is cut.
const maxProgress = 1000

func (l *progressLog) add(p reply.Progress) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.entries) >= maxProgress {
		return
	}
	l.entries = append(l.entries, p)
	if l.changed != nil {
		close(l.changed)
		l.changed = nil
	}
}

// since returns the entries from number n on, and a channel that is closed when
// there are more.
func (l *progressLog) since(n int) ([]reply.Progress, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.changed == nil {
		l.changed = make(chan struct{})
	}
	n = min(n, len(l.entries))
	return l.entries[n:len(l.entries):len(l.entries)], l.changed
}
