package lambda

import (
	"fmt"
	"net/http"
	"time"

	"github.com/homing-dev/homing/internal/emulator/gateway"
	"github.com/homing-dev/homing/internal/httpevent"
)

// Event is the event that API Gateway makes of a call to an HTTP API, payload
// format 2.0, with the headers that it adds to those of a usual client. A body
// is taken for JSON.
func Event(method, path string, body []byte) ([]byte, error) {
	r, err := http.NewRequest(method, "https://shop.example.com"+path, nil) //nolint:noctx // it is not sent
	if err != nil {
		return nil, fmt.Errorf("make a request: %w", err)
	}
	r.Header = http.Header{
		"Accept":            {"*/*"},
		"User-Agent":        {"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"},
		"X-Amzn-Trace-Id":   {"Root=1-6741f3c2-5f2f0e0c1b9d4f7a6c8e2d10"},
		"X-Forwarded-Port":  {"443"},
		"X-Forwarded-Proto": {"https"},
	}
	if len(body) > 0 {
		r.Header.Set("Content-Type", "application/json")
	}
	ev, err := gateway.Encode(r, body, gateway.EncodeOptions{
		Source: httpevent.HTTPAPI, RequestID: "JKJaXmPLvHcESHA=", SourceIP: "192.0.2.1", Now: time.Unix(1732375490, 0),
	})
	if err != nil {
		return nil, fmt.Errorf("make the event of %s %s: %w", method, path, err)
	}
	return ev, nil
}

// Read gives the body of an answer to such an event. An answer with another
// status than 200 is an error.
func Read(payload []byte) ([]byte, error) {
	answer, err := httpevent.DecodeResponse(payload, httpevent.HTTPAPI)
	if err != nil {
		return nil, err //nolint:wrapcheck // says that it is the answer of a function
	}
	if answer.Status != http.StatusOK {
		return nil, fmt.Errorf("the function answered %d: %s", answer.Status, answer.Body)
	}
	return answer.Body, nil
}
