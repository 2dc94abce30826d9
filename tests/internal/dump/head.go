package dump

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
)

// headed is a chain whose last step sets headers, and replies with what it knows of
// the path and of its attempt.
func headed() functions.Chain {
	return functions.Chain{
		Name: "head", Method: http.MethodPost, Path: "/shops/{shop}/{rest...}", Timeout: 20 * time.Second,
		Steps: []functions.Step{
			{Name: "lost", Function: func(_ context.Context, in event.Event) (*event.Event, error) {
				functions.SetHeader(&in, "X-Lost", "of a step that is not the last")
				return &in, nil
			}},
			{Name: "head", Function: setHead, Policy: functions.Policy{Retry: functions.Retry{Attempts: 2, Delay: time.Millisecond}}},
		},
	}
}

// setHead sets what its input asks for.
func setHead(ctx context.Context, in event.Event) (*event.Event, error) {
	reply, kind := &event.Event{}, string(in.DataEncoded)
	reply.DataEncoded = fmt.Appendf(nil, "%q", []string{
		functions.PathValue(in, "shop"), functions.PathValue(in, "rest"), functions.Attribute(in, functions.AttrHTTPRoute),
	})
	refused := functions.Errorf(http.StatusUnauthorized, "attempt %d", functions.Attempt(ctx))
	switch kind {
	case "error":
		functions.SetHeader(refused, "WWW-Authenticate", `Basic realm="a, b"`)
		functions.SetHeader(refused, "Cache-Control", "private")
		functions.SetCookie(refused, &http.Cookie{Name: "session", MaxAge: -1})
		return nil, refused
	case "error that cannot be sent":
		functions.SetHeader(refused, "Connection", "close")
		return nil, refused
	case "second attempt":
		refused.Status = http.StatusServiceUnavailable
		functions.SetHeader(refused, "X-Attempt", fmt.Sprint(functions.Attempt(ctx)))
		return nil, refused
	case "not modified":
		functions.SetStatus(reply, http.StatusNotModified)
		functions.SetHeader(reply, "ETag", `"1"`)
		return reply, nil
	}
	functions.SetStatus(reply, http.StatusCreated)
	functions.SetHeader(reply, "Location", "/shops/a%2Fb?x=1&y=2")
	functions.SetHeader(reply, "Cache-Control", "max-age=60")
	functions.SetHeader(reply, "Vary", "X-Own")
	functions.AddHeader(reply, "Link", "</1>; rel=next")
	functions.AddHeader(reply, "Link", "</2>; rel=last")
	functions.SetCookie(reply, &http.Cookie{Name: "a", Value: "1", HttpOnly: true, Expires: time.Unix(2_000_000_000, 0)})
	functions.SetCookie(reply, &http.Cookie{Name: "b", Value: "2"})
	return reply, nil
}

// headCalls are the calls of headed, by name.
func headCalls() map[string]Call {
	text := []string{"Content-Type", "text/plain"}
	out := map[string]Call{"head of an event": {eventsPath, "result", []string{
		"Ce-Specversion", "1.0", "Ce-Id", "theirs", "Ce-Source", "/e2e", "Ce-Type", "homing.head",
		"Ce-Httpheaders", "X-Theirs=1", "Ce-Httproute", "/{shop}", "Content-Type", "text/plain",
	}}}
	for _, kind := range []string{"result", "error", "error that cannot be sent", "second attempt", "not modified"} {
		out["head of "+kind] = Call{"/shops/a%C3%A9/b//c%20d/", kind, text}
	}
	return out
}

// wantHead is what some of the answers hold.
func wantHead() map[string][]string {
	cookies := `Set-Cookie: "a=1; Expires=Wed, 18 May 2033 03:33:20 GMT; HttpOnly, b=2"`
	return map[string][]string{
		"head of result": {
			"201\n", `Location: "/shops/a%2Fb?x=1&y=2"`, `Cache-Control: "max-age=60"`, `X-Own"`, `Link: "</1>; rel=next, </2>; rel=last"`,
			cookies, `["aé" "b//c d/" "/shops/{shop}/{rest...}"]`,
		},
		"head of result, fetched":           {"201\n", `Location: "/shops/a%2Fb?x=1&y=2"`, cookies},
		"head of error":                     {"401\n", `Www-Authenticate: "Basic realm=\"a, b\""`, `Cache-Control: "private"`, `Set-Cookie: "session=; Max-Age=0"`, "attempt 1"},
		"head of error, fetched":            {"401\n", `Www-Authenticate`, `Cache-Control: "private"`, `Set-Cookie`},
		"head of error that cannot be sent": {"500\n", "Invalid result", `httpheaders`, `header \"Connection\" cannot be set`, `"step":"head"`},
		"head of second attempt":            {"503\n", "attempt 2", `X-Attempt: "2"`},
		"head of not modified":              {"304\n", `Etag: "\"1\""`},
		"head of an event":                  {"201\n", "Ce-Httpheaders: ", `["" "" ""]`},
	}
}
