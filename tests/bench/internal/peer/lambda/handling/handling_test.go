package handling_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/homing-dev/homing/tests/bench/internal/peer/lambda/handling"
)

// handler answers by a function, which hears how many events came before.
type handler struct {
	calls  int
	answer func(n int, payload []byte) ([]byte, error)
}

func (h *handler) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	if _, ok := ctx.Deadline(); !ok {
		return nil, errors.New("there is no deadline")
	}
	h.calls++
	return h.answer(h.calls-1, payload)
}

func same(_ int, payload []byte) ([]byte, error) { return bytes.Clone(payload), nil }

// No test here is parallel: what others allocate would be counted.
func TestTheCostIsThatOfOneEvent(t *testing.T) { //nolint:paralleltest // see above
	h := &handler{answer: same}
	var out bytes.Buffer
	event := `"` + strings.Repeat("x", 998) + `"`
	if err := handling.Run(t.Context(), h, strings.NewReader(event), &out); err != nil {
		t.Fatal(err)
	}
	var c handling.Cost
	if err := json.Unmarshal(out.Bytes(), &c); err != nil {
		t.Fatal(err)
	}
	// A copy of 1000 bytes is one object of 1024.
	if handling.Allocs(c) < 1 || handling.Allocs(c) > 1.5 || handling.Bytes(c) < 1000 || handling.Bytes(c) > 1200 {
		t.Errorf("got %+v", c)
	}
	if handling.Nanoseconds(c) <= 0 || handling.Nanoseconds(c) > 1e9 || string(c.Answer) != event || h.calls < 2 {
		t.Errorf("got %+v after %d calls", c, h.calls)
	}
}

func TestAHandlerThatFailsHasNoCost(t *testing.T) { //nolint:paralleltest // see above
	for _, good := range []int{0, 1, 5} {
		h := &handler{answer: func(n int, payload []byte) ([]byte, error) {
			if n >= good {
				return nil, io.ErrNoProgress
			}
			return payload, nil
		}}
		if c, err := handling.Measure(t.Context(), h, []byte("{}")); !errors.Is(err, io.ErrNoProgress) {
			t.Errorf("got %+v, %v", c, err)
		}
	}
}

func TestTheEndOfTheContextEndsTheMeasurement(t *testing.T) { //nolint:paralleltest // see above
	ctx, cancel := context.WithCancel(t.Context())
	h := &handler{answer: func(n int, payload []byte) ([]byte, error) {
		if n == 10 {
			cancel()
		}
		return payload, nil
	}}
	if c, err := handling.Measure(ctx, h, []byte("{}")); !errors.Is(err, context.Canceled) || h.calls > 12 {
		t.Errorf("got %+v, %v after %d calls", c, err, h.calls)
	}
}

func TestInputAndOutputMayFail(t *testing.T) { //nolint:paralleltest // see above
	h := &handler{answer: func(int, []byte) ([]byte, error) { return nil, io.EOF }}
	if err := handling.Run(t.Context(), h, iotest.ErrReader(io.ErrClosedPipe), io.Discard); !errors.Is(err, io.ErrClosedPipe) || h.calls > 0 {
		t.Errorf("got %v", err)
	}
	closed, w := io.Pipe()
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	h.answer = same
	if err := handling.Run(t.Context(), h, strings.NewReader("{}"), w); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v", err)
	}
}
