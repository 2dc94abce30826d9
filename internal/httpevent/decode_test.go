package httpevent_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/httpevent"
)

func TestDetectTellsHTTPEventsFromOthers(t *testing.T) {
	t.Parallel()
	const v2 = `"version":"2.0","rawPath":"/","requestContext":{"http":{"method":"GET"},"domainName":"x.execute-api.y"}`
	const v1 = `"httpMethod":"GET","path":"/","requestContext":{"stage":"x"}`
	for name, tt := range map[string]struct {
		payload string
		want    httpevent.Source
	}{
		"format 2.0":             {`{` + v2 + `}`, httpevent.HTTPAPI},
		"context before version": {`{"requestContext":{"http":{"method":"GET"}},"version":"2.0"}`, httpevent.HTTPAPI},
		"function URL":           {`{"version":"2.0","requestContext":{"domainName":"i.lambda-url.r.on.aws","http":{"method":"GET"}}}`, httpevent.URL},
		"format 1.0":             {`{"version":"1.0","resource":"/",` + v1 + `}`, httpevent.HTTPAPIv1},
		"REST API":               {`{"resource":"/",` + v1 + `}`, httpevent.REST},
		"load balancer":          {`{"httpMethod":"GET","headers":{},"requestContext":{"elb":{}}}`, httpevent.ALB},
		"load balancer, multi":   {`{"httpMethod":"GET","multiValueHeaders":{},"requestContext":{"elb":{}}}`, httpevent.ALBMulti},
		"null for multi":         {`{"httpMethod":"GET","multiValueHeaders":null,"requestContext":{"elb":{}}}`, httpevent.ALB},
		"escaped names":          {`{"versi\u006fn":"2.0","requestContext":{"http":{}}}`, httpevent.HTTPAPI},

		"authorizer of REST API":   {`{"type":"REQUEST","methodArn":"arn:x","resource":"/",` + v1 + `}`, httpevent.None},
		"authorizer of format 2.0": {`{"type":"REQUEST","routeArn":"arn:x",` + v2 + `}`, httpevent.None},
		"WebSocket":                {`{"requestContext":{"eventType":"MESSAGE","connectionId":"x"},"body":"x"}`, httpevent.None},
		"destination record":       {`{"version":"1.0","requestContext":{"condition":"RetriesExhausted"},"requestPayload":{` + v2 + `}}`, httpevent.None},
		"service network":          {`{"version":"2.0","method":"GET","path":"/","requestContext":{"serviceArn":"arn:x"}}`, httpevent.None},
		"queue":                    {`{"Records":[{"eventSource":"aws:sqs","body":"{}"}]}`, httpevent.None},
		"CloudEvent":               {`{"specversion":"1.0","httpmethod":"GET","data":{` + v2 + `}}`, httpevent.None},
		"event bus":                {`{"version":"0","detail-type":"x","detail":{}}`, httpevent.None},
		"other kinds":              {`{"version":2,"requestContext":"x","httpMethod":7}`, httpevent.None},
		"no version of ours":       {`{"version":"3.0","resource":"/",` + v1 + `}`, httpevent.None},
		"names in another case":    {`{"Version":"2.0","RequestContext":{"http":{}}}`, httpevent.None},
		"empty object":             {`{}`, httpevent.None},
		"array":                    {`[{` + v2 + `}]`, httpevent.None},
		"text":                     {`"x"`, httpevent.None},
		"nothing":                  {``, httpevent.None},
		"cut off":                  {`{` + v2, httpevent.None},
		"followed by more":         {`{` + v2 + `}{}`, httpevent.None},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := httpevent.Detect([]byte(tt.payload)); got != tt.want {
				t.Errorf("detected %s, want %s", got, tt.want)
			}
			if ev, err := httpevent.Decode([]byte(tt.payload)); ev.Source != tt.want {
				t.Errorf("decoded %s (%v), want %s", ev.Source, err, tt.want)
			} else if tt.want == httpevent.None && json.Valid([]byte(tt.payload)) && tt.payload[0] == '{' && !errors.Is(err, httpevent.ErrNotHTTP) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestMalformedEventsAreNamed(t *testing.T) {
	t.Parallel()
	method := func(m string) map[string]any {
		return map[string]any{"requestContext": map[string]any{"http": map[string]any{"method": m}}}
	}
	for name, tt := range map[string]struct {
		change map[string]any
		want   string
	}{
		"no method":         {method(""), `the method "" is not one`},
		"bad method":        {method("GE T"), `the method "GE T" is not one`},
		"path is a number":  {map[string]any{"rawPath": 7}, "rawPath: is not a string"},
		"path without root": {map[string]any{"rawPath": "x/y"}, `the path "x/y" does not begin with a slash`},
		"query with a line": {map[string]any{"rawQueryString": "a\n=1"}, "the path or the query is invalid: net/url: invalid control character in URL"},
		"body is an object": {map[string]any{"body": map[string]int{}}, "body: is not a string"},
		"flag is a string":  {map[string]any{"isBase64Encoded": "yes"}, "isBase64Encoded: is not true or false"},
		"body not base64":   {map[string]any{"body": "a?", "isBase64Encoded": true}, "the body is not base64: illegal base64 data at input byte 1"},
		"headers an array":  {map[string]any{"headers": []int{}}, "headers: the JSON is wrong at byte 1"},
		"header a number":   {map[string]any{"headers": map[string]int{"a": 1}}, "headers: a: is not a string"},
		"header of lines":   {map[string]any{"headers": map[string]string{"a": "1\r\nb: 2"}}, "headers: the header a has a control character"},
		"name of lines":     {map[string]any{"headers": map[string]string{"a\r\nb": ""}}, `headers: the header name "a\r\nb" is not one`},
		"cookie of lines":   {map[string]any{"cookies": []string{"a\n"}}, "cookies: one has a control character"},
		"cookie a number":   {map[string]any{"cookies": []int{1}}, "cookies: is not a string"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ev, err := httpevent.Decode(format2(t, tt.change))
			var got *functions.Error
			if !errors.As(err, &got) || got.StatusCode() != http.StatusBadRequest || got.Detail != "the HTTP event is malformed: "+tt.want {
				t.Errorf("got %v", err)
			}
			if ev.Source != httpevent.HTTPAPI {
				t.Errorf("nobody knows how to answer: %s", ev.Source)
			}
		})
	}
}

func TestMalformedJSONIsAnError(t *testing.T) {
	t.Parallel()
	whole := string(format2(t, nil))
	for name, payload := range map[string]string{
		"empty": "", "cut off": whole[:len(whole)-1], "more": whole + "}", "no UTF-8": strings.Replace(whole, "GET", "G\xffT", 1),
		"deep": `{"a":` + strings.Repeat("[", 2000) + strings.Repeat("]", 2000) + "}", "no name": `{null:1}`, "bad number": `{"a":01}`,
		"bad escape": `{"a":"\x"}`, "bad word": `{"a":nul}`, "control": "{\"a\":\"\n\"}", "NUL": "{\"a\":1\x00}",
	} {
		_, err := httpevent.Decode([]byte(payload))
		var got *functions.Error
		if !errors.As(err, &got) || got.StatusCode() != http.StatusBadRequest {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestRESTPathKeepsItsEscapesOrIsRefused(t *testing.T) {
	t.Parallel()
	event := func(path string) []byte {
		return []byte(`{"resource":"/","httpMethod":"GET","path":"` + path + `","requestContext":{}}`)
	}
	for path, want := range map[string]string{"/a%2fb": "/a%2fb", "/%41": "/%41", "/a?b": "/a%3Fb", "/a#b": "/a%23b", "*": "*"} {
		if r := decode(t, event(path)); r.RequestURI != want {
			t.Errorf("%s: got %s", path, r.RequestURI)
		}
	}
	if _, err := httpevent.Decode(event("/50%")); err == nil || !strings.Contains(err.Error(), `invalid URL escape "%"`) {
		t.Errorf("got %v", err) // as a server does
	}
}

func TestHostIsTheDomainIfNoneWasSent(t *testing.T) {
	t.Parallel()
	r := decode(t, []byte(`{"resource":"/","httpMethod":"GET","path":"/","requestContext":{"domainName":"d.example.com"}}`))
	if r.Host != "d.example.com" || r.Body != http.NoBody || r.Context() == nil {
		t.Errorf("got %+v", r)
	}
}

// FuzzDecode holds that no payload panics, that what is decoded was JSON, and
// that it reads the same as encoding/json with the types of aws-lambda-go.
func FuzzDecode(f *testing.F) {
	for _, source := range sources() {
		f.Add(golden(f, source.String()+".json"))
	}
	f.Add([]byte(`{"version":"2.0","requestContext":{"http":{"method":"G"}},"rawPath":"\ud83d\udce8\ud83d"}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		ev, err := httpevent.Decode(payload)
		if err != nil {
			return
		}
		if !json.Valid(payload) || httpevent.Detect(payload) != ev.Source {
			t.Fatalf("%s was taken for %s", payload, ev.Source)
		}
		body := readAll(t, ev.Request)
		if ev.Request.ContentLength != int64(len(body)) || ev.Request.URL.RequestURI() == "" {
			t.Fatalf("length %d of %d", ev.Request.ContentLength, len(body))
		}
		if ev.Source != httpevent.HTTPAPI || unusual(payload) {
			return
		}
		var want events.APIGatewayV2HTTPRequest
		if err := json.Unmarshal(payload, &want); err != nil {
			return // of a field that is not read here
		}
		if want.IsBase64Encoded {
			decoded, err := base64.StdEncoding.DecodeString(want.Body)
			if err != nil {
				t.Fatal(err)
			}
			want.Body = string(decoded)
		}
		if body != want.Body || ev.Request.Method != want.RequestContext.HTTP.Method || ev.RequestID != want.RequestContext.RequestID {
			t.Fatalf("got %q %s %s, want %+v", body, ev.Request.Method, ev.RequestID, want)
		}
	})
}

// unusual reports whether a payload is one for which encoding/json has rules of its own: it
// takes names in any case and merges repeated ones.
func unusual(payload []byte) bool {
	names := map[string]bool{}
	dec := json.NewDecoder(bytes.NewReader(payload))
	for {
		tok, err := dec.Token()
		if err != nil {
			return false
		}
		if s, ok := tok.(string); ok {
			low := strings.ToLower(s)
			if names[low] || low == "body" && s != low {
				return true
			}
			names[low] = true
		}
	}
}
