package codec_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"

	"github.com/homing-dev/homing/tests/bench/internal/codec"
	"github.com/homing-dev/homing/tests/bench/internal/figures"
)

func TestBothBindingsAnswerTheEventThatTheyRead(t *testing.T) {
	t.Parallel()
	for name, echo := range map[string]codec.Echo{"Homing": codec.Homing, "SDK": codec.SDK} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := []byte(`{"a":1}`)
			w := httptest.NewRecorder()
			if err := echo(t.Context(), w, codec.Header(), body); err != nil {
				t.Fatal(err)
			}
			want := codec.Header()
			want.Set("Content-Length", "7")
			if w.Code != http.StatusOK || !bytes.Equal(w.Body.Bytes(), body) || !reflect.DeepEqual(w.Header(), want) {
				t.Errorf("got %d, %s, %v\nwant %v", w.Code, w.Body, w.Header(), want)
			}
		})
	}
}

// broken is a ResponseWriter whose client is gone.
type broken struct{ *httptest.ResponseRecorder }

var errGone = errors.New("gone")

func (broken) Write([]byte) (int, error) { return 0, errGone }

func TestBothBindingsTellOfWhatFails(t *testing.T) {
	t.Parallel()
	for name, echo := range map[string]codec.Echo{"Homing": codec.Homing, "SDK": codec.SDK} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := echo(t.Context(), httptest.NewRecorder(), http.Header{}, nil); err == nil {
				t.Error("a message that is no event is taken")
			}
			if err := echo(t.Context(), broken{httptest.NewRecorder()}, codec.Header(), []byte("1")); !errors.Is(err, errGone) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestARatioIsTakenWithinARoundOfTheCodecs(t *testing.T) {
	t.Parallel()
	c := codec.Comparison{
		{Homing: codec.Cost{Nanoseconds: 100, Allocs: 10, Bytes: 1}, SDK: codec.Cost{Nanoseconds: 400, Allocs: 20, Bytes: 10}},
		{Homing: codec.Cost{Nanoseconds: 900, Allocs: 10, Bytes: 1}, SDK: codec.Cost{Nanoseconds: 3000, Allocs: 40, Bytes: 10}},
		{Homing: codec.Cost{Nanoseconds: 110, Allocs: 10, Bytes: 1}, SDK: codec.Cost{Nanoseconds: 220, Allocs: 50, Bytes: 10}},
	}
	tests := map[string]struct {
		figure func(codec.Cost) float64
		want   figures.Spread
	}{
		"time":        {codec.Nanoseconds, figures.Spread{Median: 0.3, Min: 0.25, Max: 0.5}},
		"allocations": {codec.Allocs, figures.Spread{Median: 0.25, Min: 0.2, Max: 0.5}},
		"bytes":       {codec.Bytes, figures.Spread{Median: 0.1, Min: 0.1, Max: 0.1}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := c.Ratio(tt.figure); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
	sdk := c.Spread(func(r codec.Round) float64 { return r.SDK.Allocs })
	if want := (figures.Spread{Median: 40, Min: 20, Max: 50}); sdk != want {
		t.Errorf("got %+v, want %+v", sdk, want)
	}
}

func TestEveryRoundMeasuresBothCodecs(t *testing.T) { //nolint:paralleltest // what runs beside it counts too
	got, err := codec.Compare(t.Context(), bytes.Repeat([]byte("1"), 1024), 1)
	if err != nil || len(got) != 1 {
		t.Fatalf("got %+v, %v", got, err)
	}
	for name, c := range map[string]codec.Cost{"Homing": got[0].Homing, "SDK": got[0].SDK} {
		if c.Nanoseconds <= 0 || c.Allocs < 1 || c.Bytes < 1024 {
			t.Errorf("%s: %+v", name, c)
		}
	}
	if got[0].Homing.Allocs > got[0].SDK.Allocs/2 {
		t.Errorf("Homing makes more than half of the allocations: %+v", got)
	}
}

func TestCompareEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := codec.Compare(ctx, nil, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
