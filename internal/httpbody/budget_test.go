package httpbody_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime/debug"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/httpbody"
)

const mib = 1 << 20

// upload is a request with a body of so many bytes; -1 for a length that is not
// known, of which two come.
func upload(t *testing.T, length int64, headers ...string) *http.Request {
	t.Helper()
	size := length
	if length < 0 {
		size = 2 * mib
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", bytes.NewReader(make([]byte, size)))
	r.ContentLength = length
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

func TestBodiesHaveABoundInSum(t *testing.T) {
	t.Parallel()
	const limit = 4 * mib
	for name, tt := range map[string]struct {
		length  int64
		headers []string
		held    int64 // by each
		fit     int   // into the part of large bodies, 12 MiB
	}{
		"known":            {3 * mib, nil, 3 * mib, 4},
		"unknown":          {-1, nil, 2 * mib, 5},                                   // the sixth needs twice its size while it is read
		"coded":            {mib, []string{"Content-Encoding", "identity"}, mib, 9}, // the tenth may become 4 MiB
		"as large as all":  {4 * mib, nil, 4 * mib, 3},
		"small in a crowd": {60 << 10, nil, 60 << 10, 4 * mib / (60 << 10)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := httpbody.NewBudget(16 * mib)
				holds := make([]httpbody.Hold, tt.fit+1)
				for i := range tt.fit {
					if _, err := b.Read(httptest.NewRecorder(), upload(t, tt.length, tt.headers...), limit, &holds[i]); err != nil {
						t.Fatalf("body %d: %v", i, err)
					}
				}
				if want := tt.held * int64(tt.fit); b.Held() != want {
					t.Errorf("%d bytes are held, want %d", b.Held(), want)
				}
				start, w := time.Now(), httptest.NewRecorder()
				_, err := b.Read(w, upload(t, tt.length, tt.headers...), limit, &holds[tt.fit])
				var p *functions.Error
				if !errors.As(err, &p) || p.Status != http.StatusServiceUnavailable || p.RetryAfter < time.Second ||
					!strings.Contains(p.Detail, "memory") || !errors.Is(err, httpbody.ErrBusy) || w.Header().Get("Connection") != "close" {
					t.Errorf("one more: %v", err)
				}
				if took := time.Since(start); took != time.Second {
					t.Errorf("it waited for %s", took)
				}
				time.AfterFunc(time.Second/2, holds[0].Release)
				if _, err := b.Read(httptest.NewRecorder(), upload(t, tt.length, tt.headers...), limit, &holds[tt.fit]); err != nil {
					t.Errorf("when there is room again: %v", err)
				}
				for i := range holds {
					holds[i].Release()
					holds[i].Release()
				}
				if b.Held() != 0 {
					t.Errorf("%d bytes are held when nothing is", b.Held())
				}
			})
		})
	}
}

// A refused body is not read, and what it has taken is free again.
func TestABodyThatFailsHoldsNothing(t *testing.T) {
	t.Parallel()
	cut := func(length int64, headers ...string) *http.Request {
		r := upload(t, length, headers...)
		r.Body = io.NopCloser(io.MultiReader(strings.NewReader("begun"), brokenReader{}))
		return r
	}
	for name, request := range map[string]func() *http.Request{
		"small": func() *http.Request { return cut(1000) }, "large": func() *http.Request { return cut(mib) },
		"unknown":   func() *http.Request { return cut(-1) },
		"coded":     func() *http.Request { return cut(1000, "Content-Encoding", "gzip") },
		"too large": func() *http.Request { return upload(t, 9*mib) }, "unknown, too large": func() *http.Request { return upload(t, -1) },
	} {
		for _, read := range []string{"call", "reply"} {
			b := httpbody.NewBudget(16 * mib)
			var h httpbody.Hold
			do := b.Read
			if read == "reply" {
				do = b.ReadReply
			}
			if data, err := do(httptest.NewRecorder(), request(), mib, &h); err == nil {
				t.Errorf("%s: %d bytes, no error", name, len(data))
			}
			if b.Held() != 0 {
				t.Errorf("%s: %d bytes are held", name, b.Held())
			}
		}
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("broken") }

// Large uploads that stall do not keep out what is small, nor the replies.
func TestStalledUploadsLeaveRoomForSmallBodiesAndReplies(t *testing.T) {
	t.Parallel()
	b := httpbody.NewBudget(8 * mib)
	var stalled, small, large httpbody.Hold
	read := func(h *httpbody.Hold, length int64, of func(http.ResponseWriter, *http.Request, int64, *httpbody.Hold) ([]byte, error)) error {
		_, err := of(httptest.NewRecorder(), upload(t, length), 10*mib, h)
		return err
	}
	if err := read(&stalled, 10*mib, b.Read); err != nil { // more than there is: alone
		t.Fatal(err)
	}
	if err := read(&small, 1000, b.Read); err != nil {
		t.Errorf("a small body: %v", err)
	}
	if err := read(&large, mib, b.ReadReply); err != nil {
		t.Errorf("a reply: %v", err)
	}
}

// What a body has grown into is not held behind it.
func TestABodyTakesItsOwnSize(t *testing.T) {
	t.Parallel()
	for _, length := range []int64{100, 100_000, 5 * mib, -1} {
		b := httpbody.NewBudget(64 * mib)
		var h httpbody.Hold
		data, err := b.Read(httptest.NewRecorder(), upload(t, length), 10*mib, &h)
		if err != nil {
			t.Fatal(err)
		}
		if spare := cap(data) - len(data); spare > len(data)/4 || b.Held() != int64(len(data)) {
			t.Errorf("length %d: %d bytes have a capacity of %d, and %d are held", length, len(data), cap(data), b.Held())
		}
	}
}

func TestAnswersTakeTheRoomOfLargeBodies(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := httpbody.NewBudget(16 * mib)
		first, second := b.Answer(8*mib), b.Answer(8*mib) // there is no room for the second, which does not wait
		if b.Held() != 8*mib {
			t.Errorf("%d bytes are held", b.Held())
		}
		var h httpbody.Hold
		if _, err := b.Read(httptest.NewRecorder(), upload(t, 5*mib), 10*mib, &h); !errors.Is(err, httpbody.ErrBusy) {
			t.Errorf("got %v", err)
		}
		first()
		second()
		if _, err := b.Read(httptest.NewRecorder(), upload(t, 5*mib), 10*mib, &h); err != nil {
			t.Error(err)
		}
	})
}

//nolint:paralleltest // changes the limit of the process
func TestTheDefaultBudgetIsAQuarterOfTheMemoryLimit(t *testing.T) {
	former := debug.SetMemoryLimit(400 * mib)
	defer debug.SetMemoryLimit(former)
	if got := httpbody.NewBudget(0).Size(); got != 100*mib {
		t.Errorf("got %d", got)
	}
}

// A body a little larger than the limit may fit once it is decoded, and a short one
// may need a window of 16 MB.
func TestNoCodedBodyPassesTheBudget(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		length int64
		coding string
	}{
		"larger than the limit": {mib + 1, "gzip"}, "with a large window": {100, "br"},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := httpbody.NewBudget(16 * mib)
			var other, own httpbody.Hold
			if _, err := b.Read(httptest.NewRecorder(), upload(t, 3*mib), 4*mib, &other); err != nil {
				t.Fatal(err)
			}
			var more [3]httpbody.Hold
			for i := range more {
				if _, err := b.Read(httptest.NewRecorder(), upload(t, 3*mib), 4*mib, &more[i]); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := b.Read(httptest.NewRecorder(), upload(t, tt.length, "Content-Encoding", tt.coding), mib, &own); !errors.Is(err, httpbody.ErrBusy) {
				t.Errorf("%s: got %v", name, err)
			}
			for _, h := range []*httpbody.Hold{&other, &own, &more[0], &more[1], &more[2]} {
				h.Release()
			}
		})
	}
}
