package callback

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
)

// answering is a transport without a network.
type answering func(r *http.Request) (status int, header http.Header, err error)

func (f answering) RoundTrip(r *http.Request) (*http.Response, error) {
	status, header, err := f(r)
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader("ok")), Request: r}, nil
}

// inMemory may call everything below test, and agrees to it.
func inMemory(t *testing.T, rate string, post answering) *Sender {
	t.Helper()
	s := senderFor(t, net.DefaultResolver, nil, "*.shop.test,hooks.test")
	s.transport = answering(func(r *http.Request) (int, http.Header, error) {
		if r.Method == http.MethodOptions {
			return http.StatusOK, http.Header{"Webhook-Allowed-Origin": {"*"}, "Webhook-Allowed-Rate": {rate}}, nil
		}
		return post(r)
	})
	return s
}

func loaded(context.Context) (event.Event, error) { return result(), nil }

func TestDeliveryIsTriedAgainAtGrowingIntervals(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var at []time.Duration
		start, loads := time.Now(), 0
		s := inMemory(t, "*", func(r *http.Request) (int, http.Header, error) {
			if r.Header.Get("Webhook-Id") != requestID || r.Header.Get("Webhook-Timestamp") != fmt.Sprint(time.Now().Unix()) {
				t.Errorf("%v", r.Header)
			}
			at = append(at, time.Since(start))
			switch len(at) {
			case 12:
				return http.StatusNoContent, nil, nil
			case 3:
				return 0, nil, errors.New("connection reset")
			}
			return http.StatusServiceUnavailable, nil, nil
		})
		err := s.Deliver(t.Context(), requestID, "https://hooks.test/", func(context.Context) (event.Event, error) {
			loads++
			return result(), nil
		})
		if err != nil || len(at) != 12 || loads != 12 {
			t.Fatalf("%v, %v", err, at)
		}
		for i, want := range []float64{1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300} {
			if got := at[i+1] - at[i]; got.Seconds() < want*0.8 || got.Seconds() > want*1.2 {
				t.Errorf("pause %d: %s", i, got)
			}
		}
	})
}

func TestDeliveryWaitsAsLongAsTheTargetWants(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start, calls := time.Now(), 0
		s := inMemory(t, "*", func(*http.Request) (int, http.Header, error) {
			if calls++; calls == 1 {
				return http.StatusTooManyRequests, http.Header{"Retry-After": {"90"}}, nil
			}
			return http.StatusOK, nil, nil
		})
		if err := s.Deliver(t.Context(), requestID, "https://hooks.test/", loaded); err != nil || calls != 2 {
			t.Error(err)
		}
		if took := time.Since(start); took < 90*time.Second || took > 93*time.Second {
			t.Errorf("after %s", took)
		}
	})
}

func TestDeliveryEndsWithARefusalOrItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		status := http.StatusNotFound
		s := inMemory(t, "*", func(*http.Request) (int, http.Header, error) { return status, nil, nil })
		start := time.Now()
		if err := s.Deliver(t.Context(), requestID, "https://hooks.test/", loaded); !errors.Is(err, ErrRefused) || time.Since(start) != 0 {
			t.Errorf("refused: %v", err)
		}
		status = http.StatusBadGateway
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		err := s.Deliver(ctx, requestID, "https://hooks.test/", loaded)
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "502") || errors.Is(err, ErrRefused) || time.Since(start) > time.Minute {
			t.Errorf("late: %v", err)
		}
		stopped := errors.New("the process stops")
		stopping, stop := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Hour+time.Millisecond, func() { stop(stopped) })
		if err := s.Deliver(stopping, requestID, "https://hooks.test/", loaded); !errors.Is(err, stopped) || !strings.Contains(err.Error(), "502") {
			t.Errorf("stopped: %v", err)
		}
		if err := s.Deliver(stopping, requestID, "https://hooks.test/", loaded); !errors.Is(err, stopped) {
			t.Errorf("stopped before: %v", err)
		}
	})
}

func TestAReplyThatCannotBeLoadedIsTriedAgainUnlessItIsGone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := inMemory(t, "*", func(*http.Request) (int, http.Header, error) { return http.StatusOK, nil, nil })
		loads, silent, gone := 0, errors.New("the store is silent"), errors.New("the reply has expired")
		err := s.Deliver(t.Context(), requestID, "https://hooks.test/", func(context.Context) (event.Event, error) {
			if loads++; loads < 3 {
				return event.Event{}, silent
			}
			return event.Event{}, fmt.Errorf("%w: %w", ErrRefused, gone)
		})
		if !errors.Is(err, gone) || loads != 3 {
			t.Errorf("%v after %d", err, loads)
		}
		if err := s.Try(t.Context(), "https://hooks.test/", event.Event{}); !errors.Is(err, ErrRefused) {
			t.Errorf("no event: %v", err)
		}
	})
}

func TestTheRateThatATargetAllowsIsKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		s := inMemory(t, "60", func(*http.Request) (int, http.Header, error) { return http.StatusOK, nil, nil })
		for range 4 {
			if err := s.Try(t.Context(), "https://hooks.test/", result()); err != nil {
				t.Error(err)
			}
		}
		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("4 deliveries at 60 a minute took %s", took)
		}
		s = inMemory(t, "1", s.transport.(answering))
		_ = s.Try(t.Context(), "https://hooks.test/", result())
		err := s.Try(t.Context(), "https://hooks.test/", result())
		if retry, ok := errors.AsType[*RetryError](err); !ok || retry.After != time.Minute || !strings.Contains(err.Error(), "1 deliveries a minute") {
			t.Errorf("%v", err)
		}
		if err := s.Deliver(t.Context(), requestID, "https://hooks.test/", loaded); err != nil {
			t.Error(err)
		}
	})
}

func TestGrantsHoldForAnHourAndRefusalsForAMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		asked, origin := 0, ""
		s := inMemory(t, "", nil)
		s.transport = answering(func(r *http.Request) (int, http.Header, error) {
			if r.Method == http.MethodOptions {
				asked++
			}
			return http.StatusOK, http.Header{"Webhook-Allowed-Origin": {origin}}, nil
		})
		for _, step := range []struct {
			origin string
			pause  time.Duration
			asked  int
			ok     bool
		}{
			{"", 0, 1, false},
			{"*", 50 * time.Second, 1, false},
			{"*", 20 * time.Second, 2, true},
			{"", 50 * time.Minute, 2, true},
			{"", 20 * time.Minute, 3, false},
		} {
			origin = step.origin
			time.Sleep(step.pause)
			if err := s.Try(t.Context(), "https://hooks.test/", result()); (err == nil) != step.ok || asked != step.asked {
				t.Errorf("%+v: %v after %d handshakes", step, err, asked)
			}
		}
	})
}

func TestEachRequestIsGivenUpAfterTenSeconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		s := inMemory(t, "*", func(r *http.Request) (int, http.Header, error) {
			<-r.Context().Done()
			return 0, nil, r.Context().Err()
		})
		if err := s.Try(t.Context(), "https://hooks.test/", result()); err == nil || errors.Is(err, ErrRefused) || time.Since(start) != 10*time.Second {
			t.Errorf("%v after %s", err, time.Since(start))
		}
	})
}

func TestASlowHostIsInNobodysWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var running, most atomic.Int64
		slow := make(chan struct{})
		s := inMemory(t, "*", func(r *http.Request) (int, http.Header, error) {
			if r.URL.Host == "slow.shop.test" {
				most.Store(max(most.Load(), running.Add(1)))
				<-slow
				running.Add(-1)
			}
			return http.StatusOK, nil, nil
		})
		var all sync.WaitGroup
		for i := range 100 {
			all.Go(func() {
				if err := s.Try(t.Context(), fmt.Sprintf("https://slow.shop.test/%d", i), result()); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.Try(ctx, "https://slow.shop.test/", result()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("one more for the slow host: %v", err)
		}
		start := time.Now()
		if err := s.Try(t.Context(), "https://hooks.test/", result()); err != nil || time.Since(start) != 0 {
			t.Errorf("another host: %v after %s", err, time.Since(start))
		}
		close(slow)
		all.Wait()
		if most.Load() != perHost || len(s.permits.hosts) != 0 || len(s.permits.all) != 0 {
			t.Errorf("%d at once; %d hosts and %d permits are left", most.Load(), len(s.permits.hosts), len(s.permits.all))
		}
	})
}

func TestNoMoreThanSoManyRunAtOnceForAllHosts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var running, most atomic.Int64
		s := inMemory(t, "*", func(*http.Request) (int, http.Header, error) {
			most.Store(max(most.Load(), running.Add(1)))
			time.Sleep(time.Second)
			running.Add(-1)
			return http.StatusOK, nil, nil
		})
		var all sync.WaitGroup
		for i := range 200 {
			all.Go(func() {
				if err := s.Try(t.Context(), fmt.Sprintf("https://%d.shop.test/", i%50), result()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if most.Load() > atOnce || most.Load() < atOnce/2 {
			t.Errorf("%d at once", most.Load())
		}
	})
}

func TestALineOfTheLogHasTheRequestAlsoIfItsReplyWasNotLoaded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := inMemory(t, "*", func(*http.Request) (int, http.Header, error) { return http.StatusOK, nil, nil })
		var log strings.Builder
		s.o.Log = slog.New(slog.NewTextHandler(&log, nil))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_ = s.Deliver(ctx, requestID, "https://hooks.test/", func(context.Context) (event.Event, error) {
			return event.Event{}, errors.New("the store is silent")
		})
		if !strings.Contains(log.String(), "requestid="+requestID) {
			t.Error(log.String())
		}
	})
}
