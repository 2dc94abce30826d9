package probe

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/homing-dev/homing/cmd/homing/internal/console"
	"github.com/homing-dev/homing/internal/cloudevents"
)

// judge says what a chain makes of an answer to a right event, and which kind of
// answers the step has.
func (a answer) judge() (f Finding, answers string) {
	switch {
	case a.err != nil:
		return a.unanswered(), ""
	case a.status == http.StatusAccepted:
		return Finding{
			Warn, "", a.text() + ": the event was accepted, and the reply is to come later",
			"answer 200 with the result; 202 is for a step that sends its reply to the reply store or to the broker",
		}, "event"
	case a.status == http.StatusNoContent || a.status == http.StatusOK && len(a.body) == 0 && cloudevents.ModeOf(a.header) == cloudevents.None:
		return Finding{
			Warn, "", a.text() + ": the request ends here, and its caller gets 204",
			"answer 200 with an event or a body, unless that is meant",
		}, "event"
	case a.status/100 == 2: //nolint:mnd // the class
		return a.judgeResult()
	case a.status/100 == 3: //nolint:mnd // the class
		return Finding{Fail, "", a.text() + ": redirects are not followed", redirected(a.header.Get("Location"))}, ""
	default:
		return a.judgeRefusal(), ""
	}
}

func redirected(to string) string {
	if to == "" {
		return "write the URL to which it leads into chain.yaml"
	}
	return "write the URL to which it leads into chain.yaml: " + console.Printable(to)
}

// judgeResult is about a 2xx with a body.
func (a answer) judgeResult() (Finding, string) {
	ct := a.header.Get("Content-Type")
	media, _, err := mime.ParseMediaType(ct)
	if mode := cloudevents.ModeOf(a.header); mode != cloudevents.None {
		ev, err := cloudevents.Read(a.header, a.body)
		if err != nil {
			return Finding{
				Fail, "", a.text() + ": it is meant to be a CloudEvent, but is none: " + console.Printable(err.Error()),
				"mend this attribute; the SDKs of cloudevents.io write events as they should be",
			}, ""
		}
		return Finding{OK, "", fmt.Sprintf("%s: an event of type %s with %d bytes of %s", a.text(), console.Printable(ev.Type()), len(ev.Data()),
			orNothing(ev.DataContentType())), ""}, "event"
	}
	switch {
	case ct == "" || err != nil:
		return Finding{Fail, "", a.text() + fmt.Sprintf(": its Content-Type %q is none", ct), "send a Content-Type with the body"}, ""
	case media == "text/html":
		return Finding{
			Fail, "", a.text() + ": a page, as of a front end or a login: " + a.excerpt(),
			"take the URL of the function itself",
		}, ""
	case isJSON(media) && !json.Valid(a.body):
		return Finding{Fail, "", a.text() + ": it says JSON, but is none: " + a.excerpt(), "answer JSON"}, ""
	default:
		return Finding{
			OK, "", fmt.Sprintf("%s: %d bytes of %s, and no event", a.text(), len(a.body), console.Printable(ct)),
			"write answers: json into chain.yaml, so that this becomes the data; without it such an answer is 502",
		}, "json"
	}
}

func orNothing(contentType string) string {
	if contentType == "" {
		return "no content type"
	}
	return console.Printable(contentType)
}

func isJSON(media string) bool {
	return media == "application/json" || strings.HasSuffix(media, "+json")
}

// judgeRefusal is about a 4xx or 5xx.
func (a answer) judgeRefusal() Finding {
	f := Finding{Level: Fail, Seen: a.text() + ": " + a.excerpt()}
	switch a.status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired:
		f.Mend = "it wants to know who calls: try --header 'Authorization: Bearer …', and write headers: or auth: into chain.yaml"
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		f.Mend = "it takes no POST at this path: mend the path, or the route of the step"
	case http.StatusUnsupportedMediaType, http.StatusNotAcceptable:
		f.Mend = "it does not take this Content-Type: try --content-type; events come in binary mode, with ce- headers and the data as body"
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		f.Mend = "send a body that it takes, by --data or --file; events come in binary mode, with ce- headers and the data as body"
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		f.Mend = "it is busy: try again"
	default:
		f.Mend = "see its log: its caller would get 502, and the chain's log this text"
	}
	return f
}

// judgeRepeated is about the same event again: a chain sends it when the answer was
// lost, and a broker whenever it likes.
func (a answer) judgeRepeated(first answer) Finding {
	switch {
	case a.err != nil:
		f := a.unanswered()
		f.Level = Warn
		return f
	case a.status == first.status:
		return Finding{Level: OK, Seen: a.text()}
	default:
		return Finding{
			Warn, "", fmt.Sprintf("%s, and %d before", a.text(), first.status),
			"answer the same event as before: retries and brokers send one twice; its id is the key",
		}
	}
}

// judgeBroken is about a body that is no JSON.
func (a answer) judgeBroken() Finding {
	switch {
	case a.err != nil:
		f := a.unanswered()
		f.Level = Warn
		return f
	case a.status/100 == 4: //nolint:mnd // the class
		return Finding{Level: OK, Seen: a.text() + ": its caller would get this status"}
	case a.status/100 == 5: //nolint:mnd // the class
		return Finding{
			Warn, "", a.text() + ": what the caller did wrong looks like a failure of the step, which a policy may try again: " + a.excerpt(),
			"answer 400 or 422, best as application/problem+json (RFC 9457)",
		}
	default:
		return Finding{Warn, "", a.text() + ": it takes a body that is not whole", "answer 400 unless any body is right"}
	}
}

// text is the status and the time.
func (a answer) text() string {
	return fmt.Sprintf("%d %s in %s", a.status, http.StatusText(a.status), a.took.Round(100*time.Microsecond)) //nolint:mnd // four digits
}

// excerpt is how the body begins, in one line.
func (a answer) excerpt() string {
	const most = 200
	text := strings.Join(strings.Fields(console.Printable(string(a.body[:min(len(a.body), most)]))), " ")
	if text == "" {
		return "(no body)"
	}
	if len(a.body) > most {
		text += " …"
	}
	return text
}
