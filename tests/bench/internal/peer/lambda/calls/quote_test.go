package calls_test

import (
	"context"
	"encoding/json"
	"io"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/tests/bench/internal/peer"
	"github.com/homing-dev/homing/tests/bench/internal/peer/lambda/calls"
)

func TestQuoteMakesAQuoteOfTheOrder(t *testing.T) {
	t.Parallel()
	work, err := calls.Quote()
	if err != nil {
		t.Fatal(err)
	}
	data, dataType, err := work(t.Context(), peer.Order, event.ApplicationJSON)
	if err != nil || dataType != event.ApplicationJSON {
		t.Fatalf("got %s, %s, %v", data, dataType, err)
	}
	var answer map[string]any
	if err := json.Unmarshal(data, &answer); err != nil || answer["reference"] == nil {
		t.Errorf("got %s, %v", data, err)
	}
	if _, _, err := work(t.Context(), []byte("["), event.ApplicationJSON); err == nil {
		t.Error("what is no order has a quote")
	}
}

func TestStepsAreCalledInTurn(t *testing.T) {
	t.Parallel()
	add := func(letter byte) functions.Function {
		return func(_ context.Context, in event.Event) (*event.Event, error) {
			in.DataEncoded = append(in.DataEncoded, letter)
			return &in, nil
		}
	}
	drop := func(context.Context, event.Event) (*event.Event, error) { return nil, nil }
	fail := func(context.Context, event.Event) (*event.Event, error) { return nil, io.EOF }
	tests := map[string]struct {
		steps []functions.Function
		want  string
		err   error
	}{
		"in order": {[]functions.Function{add('a'), add('b')}, "-ab", nil},
		"none":     {nil, "-", nil},
		"dropped":  {[]functions.Function{add('a'), drop, add('b')}, "", nil},
		"failed":   {[]functions.Function{fail, add('b')}, "", io.EOF},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, _, err := calls.InTurn(tt.steps...)(t.Context(), []byte("-"), "text/plain")
			if string(data) != tt.want || err != tt.err { //nolint:errorlint // it is handed through as it is
				t.Errorf("got %q, %v", data, err)
			}
		})
	}
}
