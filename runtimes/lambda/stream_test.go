package lambda_test

import (
	"context"
	"io"
	"net/http"
	"testing"

	awsruntime "github.com/aws/aws-lambda-go/lambda"
	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/internal/httpevent"
)

func TestOnlyTheSourcesThatAskForItAreStreamedTo(t *testing.T) {
	t.Parallel()
	s := newCloud().deploy(t, "self", env{}.with("HOMING_STREAM", "url"), newStore(), letters())
	for source, want := range map[httpevent.Source]bool{httpevent.URL: true, httpevent.REST: false, httpevent.HTTPAPI: false} {
		got, err := s.InvokeStream(t.Context(), post(t, source, "/letters", "-"))
		if err != nil {
			t.Fatal(err)
		}
		typed, ok := got.(interface{ ContentType() string })
		if streamed := ok && typed.ContentType() == httpevent.StreamContentType; streamed != want {
			t.Errorf("%s: streamed %v", source, streamed)
		}
		if want {
			answer, body, err := httpevent.DecodeStream(got, source)
			if err != nil || answer.Status != http.StatusOK {
				t.Fatalf("%+v %v", answer, err)
			}
			if data, err := io.ReadAll(body); err != nil || string(data) != "-abc" {
				t.Errorf("%q %v", data, err)
			}
			if err := got.(io.Closer).Close(); err != nil {
				t.Error(err)
			}
			continue
		}
		data, err := io.ReadAll(got)
		if err != nil {
			t.Fatal(err)
		}
		if answer, err := httpevent.DecodeResponse(data, source); err != nil || string(answer.Body) != "-abc" {
			t.Errorf("%s: %v %s", source, err, data)
		}
	}
}

func TestAStreamThatIsClosedEndsTheWork(t *testing.T) {
	t.Parallel()
	begun, ended := make(chan struct{}), make(chan struct{})
	s := newCloud().deploy(t, "self", env{}.with("HOMING_STREAM", "url"), newStore(),
		single("f", func(ctx context.Context, _ event.Event) (*event.Event, error) {
			close(begun)
			<-ctx.Done()
			close(ended)
			return nil, ctx.Err()
		}))
	got, err := s.InvokeStream(t.Context(), post(t, httpevent.URL, "/f", "-"))
	if err != nil {
		t.Fatal(err)
	}
	<-begun
	if err := got.(io.Closer).Close(); err != nil {
		t.Error(err)
	}
	<-ended
}

// TestTheHandlerReturnsBytesOrAStream is about what aws-lambda-go does with it.
func TestTheHandlerReturnsBytesOrAStream(t *testing.T) {
	t.Parallel()
	for name, e := range map[string]env{"bytes": {}, "stream": {"HOMING_STREAM": "rest"}} {
		s := newCloud().deploy(t, "self", e, newStore(), letters())
		h := awsruntime.NewHandler(s.Handler())
		for kind, payload := range map[string][]byte{
			"http": post(t, httpevent.HTTPAPI, "/letters", "-"), "event": encode(t, direct("letters.a,letters.b,letters.c,")),
		} {
			answer, err := h.Invoke(t.Context(), payload)
			if err != nil {
				t.Fatal(err)
			}
			var data []byte
			if kind == "event" {
				ev := decode(t, answer)
				data = ev.Data()
			} else if got, err := httpevent.DecodeResponse(answer, httpevent.HTTPAPI); err == nil {
				data = got.Body
			}
			if string(data) != "-abc" {
				t.Errorf("%s, %s: %s", name, kind, answer)
			}
		}
		if _, err := h.Invoke(t.Context(), []byte(`{}`)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
