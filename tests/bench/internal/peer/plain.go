package peer

import (
	"errors"
	"net/http"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
)

// plain calls the functions in turn: body in, data out, error to status.
func plain(steps []functions.Function) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := read(w, r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		contentType := r.Header.Get("Content-Type")
		ev := &event.Event{Context: &event.EventContextV1{DataContentType: &contentType}, DataEncoded: body}
		for _, step := range steps {
			ev, err = step(r.Context(), *ev)
			if err != nil {
				http.Error(w, err.Error(), status(err))
				return
			}
			if ev == nil {
				w.WriteHeader(http.StatusNoContent)
				return
			}
		}
		w.Header().Set("Content-Type", ev.DataContentType())
		_, _ = w.Write(ev.DataEncoded) // a client that is gone needs no answer
	})
}

func status(err error) int {
	var coded interface{ StatusCode() int }
	if errors.As(err, &coded) {
		return coded.StatusCode()
	}
	return http.StatusInternalServerError
}
