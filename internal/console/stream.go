package console

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/problem"
)

const (
	// maxStreams is how many may watch at once.
	maxStreams = 32
	// beat is how often who watches gets what has changed, and every how many beats
	// the figures.
	beat  = 200 * time.Millisecond
	beats = 5
	// idleBeats is after how many a stream without news shows that it lives.
	idleBeats = 75
	// maxEvents is how many requests are in one event. What changes faster is seen
	// with the next one that lists them all.
	maxEvents = 200
	// writeTime is how long one who watches may take to read what there is.
	writeTime = 10 * time.Second
)

// events is a stream of server-sent events.
type events struct {
	w       io.Writer
	control *http.ResponseController
}

// send sends one event, and reports whether it could.
func (e events) send(name string, value any) bool {
	text, err := json.Marshal(value)
	if err != nil {
		return false
	}
	_ = e.control.SetWriteDeadline(time.Now().Add(writeTime)) // where the server can
	_, err = fmt.Fprintf(e.w, "event: %s\ndata: %s\n\n", name, text)
	return err == nil && e.control.Flush() == nil
}

// watch begins a stream and calls each at every beat, with the number of the beat,
// until it returns false, the client goes, or the recorder is closed.
func (r *Recorder) watch(w http.ResponseWriter, req *http.Request, each func(e events, n int) bool) {
	if !r.streams.enter() {
		problem.Write(w, &functions.Error{RetryAfter: time.Second, Problem: functions.Problem{
			Status: http.StatusTooManyRequests, Detail: fmt.Sprintf("%d watch already, which is the limit", maxStreams),
		}})
		return
	}
	defer r.streams.leave()
	w.Header().Set("Content-Type", "text/event-stream")
	e := events{w, http.NewResponseController(w)}
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	for n := 0; each(e, n); n++ {
		select {
		case <-ticker.C:
		case <-req.Context().Done():
			return
		case <-r.done:
			return
		}
	}
}

// stream sends requests as they change, and the figures each second. The first event
// has all that are kept.
func (r *Recorder) stream(w http.ResponseWriter, req *http.Request) {
	var change uint64
	r.watch(w, req, func(e events, n int) bool {
		limit := maxEvents
		if n == 0 {
			limit = r.Limits.Requests
		}
		fresh, now := r.since(change, limit)
		change = now
		if len(fresh) > 0 || n == 0 {
			if !e.send("requests", fresh) {
				return false
			}
		}
		return n%beats != 0 || e.send("stats", r.statistics())
	})
}

// log lists the last lines of the log, or with follow sends them as they come.
func (r *Recorder) log(w http.ResponseWriter, req *http.Request) {
	if !req.URL.Query().Has("follow") {
		all, _ := r.logs.since(0)
		respond(w, map[string]any{"lines": append([]json.RawMessage{}, all...)})
		return
	}
	count := 0
	r.watch(w, req, func(e events, n int) bool {
		fresh, now := r.logs.since(count)
		count = now
		if len(fresh) > 0 || n%idleBeats == 0 {
			return e.send("lines", append([]json.RawMessage{}, fresh...))
		}
		return true
	})
}
