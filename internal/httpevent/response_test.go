package httpevent_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/homing-dev/homing/internal/httpevent"
)

// answerOf reads an answer as its source does.
func answerOf(t testing.TB, source httpevent.Source, payload []byte) httpevent.Answer {
	t.Helper()
	got, err := httpevent.DecodeResponse(payload, source)
	if err != nil {
		t.Fatalf("%v\n%.200s", err, payload)
	}
	return got
}

func TestAnswersAreReadAsTheServiceDoes(t *testing.T) {
	t.Parallel()
	answer := func(status int, body string, header http.Header) httpevent.Answer {
		return httpevent.Answer{Status: status, Header: header, Body: []byte(body)}
	}
	asJSON := http.Header{"Content-Type": {"application/json"}}
	all := `{"statusCode":201,"headers":{"x-a":"1","n":7,"t":true},"multiValueHeaders":{"X-A":["1","2"]},"cookies":["a=1","b=2"],"body":"b"}`
	for name, tt := range map[string]struct {
		source  httpevent.Source
		payload string
		want    httpevent.Answer
	}{
		"format 2.0": {
			httpevent.HTTPAPI, all,
			answer(201, "b", http.Header{"X-A": {"1"}, "N": {"7"}, "T": {"true"}, "Set-Cookie": {"a=1", "b=2"}}),
		},
		"REST merges":       {httpevent.REST, all, answer(201, "b", http.Header{"X-A": {"1", "2"}, "N": {"7"}, "T": {"true"}})},
		"ALB":               {httpevent.ALB, all, answer(201, "b", http.Header{"X-A": {"1"}, "N": {"7"}, "T": {"true"}})},
		"ALB multi":         {httpevent.ALBMulti, all, answer(201, "b", http.Header{"X-A": {"1", "2"}})},
		"only other value":  {httpevent.REST, `{"statusCode":200,"headers":{"a":"0"},"multiValueHeaders":{"A":["1"]}}`, answer(200, "", http.Header{"A": {"0", "1"}})},
		"least":             {httpevent.URL, `{"statusCode":204}`, answer(204, "", http.Header{})},
		"status in a text":  {httpevent.REST, `{"statusCode":"404"}`, answer(404, "", http.Header{})},
		"base64":            {httpevent.URL, `{"statusCode":200,"body":"AP8=","isBase64Encoded":true}`, answer(200, "\x00\xff", http.Header{})},
		"inferred object":   {httpevent.HTTPAPI, `{"message":"hi"}`, answer(200, `{"message":"hi"}`, asJSON)},
		"inferred text":     {httpevent.HTTPAPI, `"hi"`, answer(200, `"hi"`, asJSON)},
		"inferred array":    {httpevent.URL, `[1]`, answer(200, `[1]`, asJSON)},
		"inferred null":     {httpevent.URL, `null`, answer(200, `null`, asJSON)},
		"null is not there": {httpevent.URL, `{"statusCode":200,"headers":null,"cookies":null,"body":null,"isBase64Encoded":null}`, answer(200, "", http.Header{})},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := answerOf(t, tt.source, []byte(tt.payload))
			got.Body = append([]byte{}, got.Body...) // no body and an empty one are the same here
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNonsenseIsNoAnswer(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		source  httpevent.Source
		payload string
		want    string
	}{
		"no JSON":           {httpevent.HTTPAPI, `hi`, "the JSON is wrong at byte 1"},
		"empty":             {httpevent.URL, ``, "the JSON ends too early, after 0 bytes"},
		"more":              {httpevent.HTTPAPI, `"a" 1`, "the JSON is wrong at byte 5"},
		"text to REST":      {httpevent.REST, `"hi"`, "is not a JSON object"},
		"no status to REST": {httpevent.REST, `{"body":"x"}`, "has no statusCode"},
		"no status to ALB":  {httpevent.ALB, `{}`, "has no statusCode"},
		"status 700":        {httpevent.HTTPAPI, `{"statusCode":700}`, `"700" is not from 200 to 599`},
		"status 101":        {httpevent.HTTPAPI, `{"statusCode":101}`, `"101" is not from 200 to 599`},
		"status 2e2":        {httpevent.HTTPAPI, `{"statusCode":2e2}`, `"2e2" is not from 200 to 599`},
		"body an object":    {httpevent.REST, `{"statusCode":200,"body":{}}`, "body: is not a string"},
		"header of lines":   {httpevent.URL, `{"statusCode":200,"headers":{"a":"1\r\nb: 2"}}`, "headers: \"a\" is not a header"},
		"header an object":  {httpevent.ALB, `{"statusCode":200,"headers":{"a":{}}}`, "headers: a: is not a string"},
		"multi a text":      {httpevent.ALBMulti, `{"statusCode":200,"multiValueHeaders":{"a":"b"}}`, "multiValueHeaders: a: the JSON is wrong"},
		"cookie of lines":   {httpevent.URL, `{"statusCode":200,"cookies":["a\n"]}`, "cookies: "},
		"not base64":        {httpevent.URL, `{"statusCode":200,"body":"?","isBase64Encoded":true}`, "the body is not base64"},
		"no UTF-8":          {httpevent.URL, "\"\xff\"", "is not UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := httpevent.DecodeResponse([]byte(tt.payload), tt.source)
			if err == nil || !strings.Contains(err.Error(), tt.want) || got.Status != 0 {
				t.Errorf("got %v, %+v", err, got)
			}
		})
	}
}

func FuzzDecodeResponse(f *testing.F) {
	f.Add([]byte(`{"statusCode":200,"headers":{"a":"b"},"multiValueHeaders":{"a":["c"]},"cookies":["x"],"body":"AA==","isBase64Encoded":true}`))
	f.Add([]byte(`"x"`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		for _, source := range sources() {
			got, err := httpevent.DecodeResponse(payload, source)
			if (err == nil) != (got.Status >= 200 && got.Status <= 599 && got.Header != nil) {
				t.Errorf("%s: %v with %+v", source, err, got)
			}
		}
	})
}
