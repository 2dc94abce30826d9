package adapter

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
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
	// streamRetryMillis is when a client that lost its connection comes back.
	streamRetryMillis = 1000
)

func wantsStream(r *http.Request) bool {
	return strings.Contains(strings.ToLower(r.Header.Get("Accept")), streamContentType)
}

// stream answers GET /requests/{id} with "Accept: text/event-stream".
func (a *Adapter) stream(w http.ResponseWriter, r *http.Request, rec reply.Record) {
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
	until := now.Add(max(rec.Deadline.Sub(now), 0) + 2*a.cfg.Heartbeat) // to see that no reply has come
	until = earlier(until, a.platformLimit(r, now))
	wt := a.observe(r.Context(), rec.ID, until)
	defer a.waiters.unsubscribe(wt)
	if rec, err = a.find(r, rec.Tenant); err != nil { // it may have ended before
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
			if a.overdueElsewhere(rec) && len(wt.outcome) == 0 {
				s.problem(noReply(), rec.ID)
				return
			}
		}
		var changed <-chan struct{}
		if running != nil {
			var news []reply.Progress
			news, changed = running.progress.since(s.steps)
			s.progress(news)
		}
		select {
		case o := <-wt.outcome:
			if o.reply != nil {
				s.reply(*o.reply)
				a.streamed(r, s, rec.ID)
				return
			}
			s.problem(errCancelled, rec.ID)
			return
		case <-changed:
		case <-beat.C:
			s.comment("heartbeat")
		case <-end.C:
			s.comment("connect again for the rest")
			return
		case <-r.Context().Done():
			return
		case <-a.draining:
			s.comment("the server is shutting down; connect again")
			return
		}
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
