package deadletter_test

import (
	"errors"
	"testing"
	"time"

	"github.com/homing-dev/homing/internal/deadletter"
)

func TestRecordIsReadWhole(t *testing.T) {
	t.Parallel()
	r, err := deadletter.ParseRecord(file(t, "timeout.json"))
	if err != nil {
		t.Fatal(err)
	}
	want := deadletter.RequestContext{
		RequestID: "e4b46cbf-b738-4a6e-8880-a18cdf61200e", FunctionARN: functionARN,
		Condition: "RetriesExhausted", ApproximateInvokeCount: 3,
	}
	if r.RequestContext != want {
		t.Errorf("got %+v", r.RequestContext)
	}
	if r.ResponseContext == nil || r.ResponseContext.FunctionError != "Unhandled" || r.ResponseContext.StatusCode != 200 {
		t.Errorf("got %+v", r.ResponseContext)
	}
	if at := time.Date(2026, 11, 22, 16, 30, 5, 568e6, time.UTC); !r.Time().Equal(at) {
		t.Errorf("Time gives %v, want %v", r.Time(), at)
	}
}

func TestRecordWithoutAReadableTimeIsStillARecord(t *testing.T) {
	t.Parallel()
	r, err := deadletter.ParseRecord([]byte(`{"timestamp":"yesterday","requestContext":` +
		`{"requestId":"i","functionArn":"f","condition":"RetriesExhausted"}}`))
	if err != nil || !r.Time().IsZero() {
		t.Errorf("got %v, %v", r.Time(), err)
	}
}

func TestWhatIsNoRecordIsAnError(t *testing.T) {
	t.Parallel()
	for name, payload := range map[string]string{
		"nothing":       ``,
		"no JSON":       `{`,
		"null":          `null`,
		"array":         `[]`,
		"empty":         `{}`,
		"an event":      string(eventOf(newID(), time.Now(), `1`)),
		"no id":         `{"requestContext":{"functionArn":"f","condition":"c"}}`,
		"no function":   `{"requestContext":{"requestId":"i","condition":"c"}}`,
		"no condition":  `{"requestContext":{"requestId":"i","functionArn":"f"}}`,
		"wrong type":    `{"requestContext":{"requestId":1,"functionArn":"f","condition":"c"}}`,
		"HTTP API":      `{"version":"2.0","requestContext":{"requestId":"i","http":{"method":"GET"}}}`,
		"trailing text": `{"requestContext":{"requestId":"i","functionArn":"f","condition":"c"}} x`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := deadletter.ParseRecord([]byte(payload)); !errors.Is(err, deadletter.ErrNoRecord) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func FuzzParseRecord(f *testing.F) {
	f.Add(file(f, "timeout.json"))
	f.Add([]byte(`{"requestContext":{"requestId":"i","functionArn":"f","condition":"c","approximateInvokeCount":-1},"responsePayload":[1]}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		r, err := deadletter.ParseRecord(payload)
		switch {
		case err != nil && !errors.Is(err, deadletter.ErrNoRecord):
			t.Fatalf("got %v", err)
		case err == nil && (r.RequestContext.FunctionARN == "" || r.RequestContext.RequestID == ""):
			t.Fatalf("got %+v", r)
		}
		r.Time()
	})
}
