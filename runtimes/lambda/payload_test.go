package lambda_test

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/homing-dev/homing/internal/emulator/gateway"
	"github.com/homing-dev/homing/internal/httpevent"
	"github.com/homing-dev/homing/runtimes/lambda"
)

const (
	sqsBatch = `{"Records":[{"messageId":"m1","eventSource":"aws:sqs","body":"{}"}]}`
	record   = `{"version":"1.0","timestamp":"2026-11-01T00:00:00.000Z","requestContext":{"requestId":"r","functionArn":"arn","condition":` +
		`"RetriesExhausted","approximateInvokeCount":3},"requestPayload":{"a":1},"responseContext":null,"responsePayload":null}`
)

// post is an HTTP event of a POST, by a source.
func post(t testing.TB, source httpevent.Source, path, body string, headers ...string) []byte {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://api.example.com"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	payload, err := gateway.Encode(r, []byte(body), gateway.EncodeOptions{Source: source, SourceIP: "192.0.2.1"})
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

// failureFunction is a function with the role failure, and what it keeps.
func failureFunction(t *testing.T) (*lambda.Service, *queue) {
	t.Helper()
	cfg, err := lambda.FromEnv(env{}.with("HOMING_ROLE", "failure", "HOMING_DEAD_LETTERS", "https://queue").environ())
	if err != nil {
		t.Fatal(err)
	}
	q := &queue{}
	s, err := lambda.New(cfg, nil, lambda.Clients{SQS: q}, lambda.Options{Store: newStore(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s, q
}

func TestARoleTakesItsPayloadsOnly(t *testing.T) {
	t.Parallel()
	payloads := map[string][]byte{
		"HTTP event":         post(t, httpevent.HTTPAPI, "/letters", "-"),
		"CloudEvent":         encode(t, direct("letters.a,")),
		"SQS messages":       []byte(sqsBatch),
		"destination record": []byte(record),
	}
	failure, _ := failureFunction(t)
	c, store := newCloud(), newStore()
	for role, tt := range map[string]struct {
		s     *lambda.Service
		takes string
	}{
		"all":     {c.deploy(t, "self", env{}, store, letters()), "HTTP event, CloudEvent, SQS messages"},
		"adapter": {c.deploy(t, "adapter", env{}.with("HOMING_ROLE", "adapter", "HOMING_VERTICES", "*=self"), store, letters()), "HTTP event"},
		"vertex":  {c.deploy(t, "vertex", env{}.with("HOMING_ROLE", "vertex"), newStore(), letters()), "CloudEvent, SQS messages"},
		"failure": {failure, "destination record"},
	} {
		for kind, payload := range payloads {
			answer, err := tt.s.Invoke(t.Context(), payload)
			if strings.Contains(tt.takes, kind) {
				if err != nil || len(answer) == 0 {
					t.Errorf("%s, %s: %v", role, kind, err)
				}
				continue
			}
			if _, ok := errors.AsType[*lambda.RoleError](err); !ok || !strings.Contains(err.Error(), role) || !strings.Contains(err.Error(), kind) {
				t.Errorf("%s, %s: %v", role, kind, err)
			}
		}
	}
}

func TestAPayloadThatIsNothingKnownIsAnError(t *testing.T) {
	t.Parallel()
	s := newCloud().deploy(t, "self", env{}, newStore(), letters())
	for name, payload := range map[string]string{
		"nothing": ``, "no JSON": `{`, "text": `"x"`, "number": `1`, "null": `null`, "array": `[]`, "empty": `{}`,
		"schedule":          `{"version":"0","id":"1","detail-type":"Scheduled Event","source":"aws.events","detail":{}}`,
		"S3":                `{"Records":[{"eventSource":"aws:s3","s3":{}}]}`,
		"records of no use": `{"Records":"secret"}`,
		"no message id":     `{"Records":[{"eventSource":"aws:sqs","body":"secret"}]}`,
		"half a record":     `{"requestContext":{"condition":""},"requestPayload":1}`,
	} {
		answer, err := s.Invoke(t.Context(), []byte(payload))
		if _, ok := errors.AsType[*lambda.PayloadError](err); !ok || answer != nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %s %v", name, answer, err)
		}
	}
}

func TestTheOrderOfTheMembersOfAnEventDoesNotMatter(t *testing.T) {
	t.Parallel()
	s, _, _ := vertexOf(t, env{}, letters())
	answer, err := s.Invoke(t.Context(), []byte(` {"data":"-","datacontenttype":"text/plain","id":"1","routingslip":"letters.a,",`+
		`"source":"/s","type":"t","specversion":"1.0"}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := decode(t, answer); string(got.Data()) != "-a" {
		t.Errorf("got %s", answer)
	}
}
