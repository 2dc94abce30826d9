package emulator

import (
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// EventsURL is where an event is sent to by hand: POST to the id of a rule, a schedule, a
// topic, a queue or an event of a function below it, with what its service would send.
// It is "" if the stack has none.
func (e *Emulator) EventsURL() string { return e.local[eventService] }

// Sendable are the ids of what an event can be sent to.
func (e *Emulator) Sendable() []string {
	ids := map[string]bool{}
	for _, t := range e.stack.Triggers {
		ids[t.ID] = true
	}
	for _, q := range e.stack.Queues {
		ids[q.ID] = true
	}
	return slices.Sorted(maps.Keys(ids))
}

// maxEvent is the largest event that is taken, that of SQS and SNS.
const maxEvent = 1 << 20

// receiveEvent answers a call to the address for events. A page in a browser cannot
// make one.
func (e *Emulator) receiveEvent(w http.ResponseWriter, r *http.Request) {
	id := strings.Trim(r.URL.Path, "/")
	switch {
	case r.Header.Get("Origin") != "":
		http.Error(w, "pages may not send events", http.StatusForbidden)
		return
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "POST an event to one of: /"+strings.Join(e.Sendable(), ", /"), http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxEvent))
	if err != nil {
		http.Error(w, "the event cannot be read: "+err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	if q, ok := e.stack.Queue(id); ok {
		err = e.Send(r.Context(), q.ID, string(body))
	} else {
		err = e.Trigger(r.Context(), id, body)
	}
	switch {
	case errors.Is(err, errNoTrigger):
		http.Error(w, "there is no "+id+"; POST an event to one of: /"+strings.Join(e.Sendable(), ", /"), http.StatusNotFound)
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadRequest)
	default:
		w.WriteHeader(http.StatusAccepted)
	}
}
