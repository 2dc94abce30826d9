package dynamodb_test

import (
	"context"
	"crypto/rand"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/dynamodb"
)

var (
	errThrottled = &types.ProvisionedThroughputExceededException{}
	errSilence   = errors.New("never answered")
)

// failures are errors that pass, as the client returns them.
func failures() map[string]error {
	status := func(code int, err error) error {
		return &smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: &http.Response{StatusCode: code}}, Err: err}
	}
	return map[string]error{
		"provisioned throughput": errThrottled,
		"throttling":             &types.ThrottlingException{},
		"request limit":          &types.RequestLimitExceeded{},
		"server error":           &types.InternalServerError{},
		"status 500":             status(http.StatusInternalServerError, &smithy.GenericAPIError{Code: "Unknown"}),
		"status 503":             status(http.StatusServiceUnavailable, errors.New("no document")),
		"half an answer":         status(http.StatusOK, &smithy.DeserializationError{Err: net.ErrClosed}),
		"half a refusal":         status(http.StatusBadRequest, &smithy.DeserializationError{Err: net.ErrClosed}),
		"connection refused":     &smithyhttp.RequestSendError{Err: errors.New("connection refused")},
	}
}

// operations are the calls of the store that change or read something.
func operations(s *dynamodb.Store, r reply.Request) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"register": func(ctx context.Context) error { return s.Register(ctx, r) },
		"complete": func(ctx context.Context) error { return s.Complete(ctx, answer(r, nil)) },
		"cancel":   func(ctx context.Context) error { return s.Cancel(ctx, r.ID) },
		"collect":  func(ctx context.Context) error { _, err := s.Collect(ctx, r.ID.Mailbox(), r.ID); return err },
		"release":  func(ctx context.Context) error { return s.Release(ctx, "key", r.ID) },
		"claim": func(ctx context.Context) error {
			_, err := s.Claim(ctx, reply.Claim{Key: "key", Owner: r.ID, Lease: r.Expires, Expires: r.Expires})
			return err
		},
		"lookup": func(ctx context.Context) error {
			_, err := s.Lookup(ctx, r.ID)
			if errors.Is(err, reply.ErrUnknown) {
				return nil // as the table is empty
			}
			return err
		},
	}
}

func TestWhatPassesIsRetriedUntilItHasPassed(t *testing.T) {
	t.Parallel()
	for failure, err := range failures() {
		for _, operation := range []string{"register", "complete", "cancel", "collect", "release", "claim", "lookup"} {
			t.Run(failure+"/"+operation, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					start := time.Now()
					api := &interposed{before: func(context.Context, string, int) error {
						if time.Since(start) < 5*time.Second {
							return err
						}
						return nil
					}}
					s := newImpatient(t, api, dynamodb.Options{})
					must(t, operations(s, request(time.Now()))[operation](t.Context()))
					if took := time.Since(start); took < 5*time.Second || took > 7*time.Second {
						t.Errorf("took %s", took)
					}
					if api.total < 6 || api.total > 20 {
						t.Errorf("took %d calls", api.total)
					}
				})
			})
		}
	}
}

func TestPatienceEnds(t *testing.T) {
	t.Parallel()
	for failure, err := range failures() {
		t.Run(failure, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				s := newImpatient(t, &interposed{before: func(context.Context, string, int) error { return err }}, dynamodb.Options{})
				got := s.Complete(t.Context(), answer(request(time.Now()), []byte("a secret")))
				if took := time.Since(start); got == nil || took < 6*time.Second || took > 8*time.Second {
					t.Errorf("%v after %s", got, took)
				}
				var api smithy.APIError
				throttle := errors.As(err, &api) && strings.Contains(api.ErrorCode(), "Thro") || errors.As(err, new(*types.RequestLimitExceeded))
				if errors.Is(got, reply.ErrThrottled) != throttle {
					t.Errorf("said to be throttled: %v", got)
				}
				if strings.Contains(got.Error(), "counted") {
					t.Errorf("the error shows data: %v", got)
				}
			})
		})
	}
}

func TestARetryNeverOutlivesItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newImpatient(t, &interposed{before: func(context.Context, string, int) error { return errThrottled }}, dynamodb.Options{})
		for name, operation := range operations(s, request(time.Now())) {
			start := time.Now()
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			if err := operation(ctx); err == nil || time.Since(start) > 300*time.Millisecond {
				t.Errorf("%s: %v after %s", name, err, time.Since(start))
			}
			cancel()
		}
	})
}

func TestATableThatIsSilentTakesOneAttemptsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := &interposed{before: func(ctx context.Context, _ string, number int) error {
			if number == 1 {
				<-ctx.Done()
				return errSilence
			}
			return nil
		}}
		start := time.Now()
		must(t, newImpatient(t, api, dynamodb.Options{}).Complete(t.Context(), answer(request(start), nil)))
		if took := time.Since(start); took < 2*time.Second || took > 2100*time.Millisecond {
			t.Errorf("took %s", took)
		}
	})
}

// A call that ends leaves a change a second to settle, and then its answer
// is why it ended.
func TestAChangeIsWaitedForAfterItsContextHasEnded(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		answersAfter, took time.Duration
		succeeds           bool
	}{
		"answered in time":     {500 * time.Millisecond, 500 * time.Millisecond, true},
		"answered never again": {time.Hour, 1100 * time.Millisecond, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newImpatient(t, &interposed{before: func(ctx context.Context, _ string, _ int) error {
					select {
					case <-time.After(tt.answersAfter):
						return nil
					case <-ctx.Done():
						return ctx.Err()
					}
				}}, dynamodb.Options{})
				start := time.Now()
				ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
				defer cancel()
				err := s.Complete(ctx, answer(request(start), nil))
				if took := time.Since(start); took != tt.took || (err == nil) != tt.succeeds || err != nil && !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%v after %s", err, took)
				}
			})
		})
	}
}

func TestWhatWouldFailAgainIsNotRetried(t *testing.T) {
	t.Parallel()
	api := &interposed{before: func(context.Context, string, int) error {
		return &types.ResourceNotFoundException{}
	}}
	err := newImpatient(t, api, dynamodb.Options{}).Complete(t.Context(), answer(request(time.Now()), nil))
	if !errors.As(err, new(*types.ResourceNotFoundException)) || api.total != 1 {
		t.Errorf("%v after %d calls", err, api.total)
	}
}

func TestScanAndGetAreNotRetried(t *testing.T) {
	t.Parallel()
	r := request(time.Now())
	for failure, broken := range failures() {
		for _, arrivals := range []bool{false, true} {
			api := &interposed{before: func(context.Context, string, int) error { return broken }}
			s := newImpatient(t, api, dynamodb.Options{Arrivals: arrivals})
			found, err := s.Scan(t.Context(), reply.ScanQuery{Box: r.ID.Mailbox(), Oldest: r.ID})
			if err == nil || api.total != 1 || found.Units != 0.5 {
				t.Errorf("%s: scan: %v after %d calls and %v units", failure, err, api.total, found.Units)
			}
			seen, err := s.Get(t.Context(), r.ID, true)
			if err == nil || api.total != 2 || seen.Units != 1 {
				t.Errorf("%s: get: %v after %d calls and %v units", failure, err, api.total, seen.Units)
			}
			if errors.Is(broken, error(errThrottled)) && !errors.Is(err, reply.ErrThrottled) {
				t.Errorf("%s is not throttling: %v", failure, err)
			}
		}
	}
}

func TestNobodyListens(t *testing.T) {
	t.Parallel()
	const url = "http://127.0.0.1:1"
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	api := &interposed{API: newClient(url, &http.Client{Transport: &http.Transport{DisableKeepAlives: true}})}
	api.before = func(_ context.Context, _ string, number int) error {
		if number > 1 { // it was retried
			cancel()
		}
		return nil
	}
	if err := newStore(t, api, dynamodb.Options{}).Complete(ctx, answer(request(time.Now()), nil)); err == nil || api.total != 2 {
		t.Errorf("%v after %d calls", err, api.total)
	}
}

// lossy loses the answer of the first call of an operation, after the table
// has carried it out.
func lossy(operation string) *interposed {
	lost := false
	return &interposed{API: onDynalite.client, after: func(op string, _ int) error {
		if op == operation && !lost {
			lost = true
			return &smithyhttp.RequestSendError{Err: errors.New("connection reset")}
		}
		return nil
	}}
}

func TestALostAnswerIsNotTakenForAConflict(t *testing.T) {
	t.Parallel()
	now := time.Now()
	ctx := t.Context()
	good := newStore(t, onDynalite.client, dynamodb.Options{})
	unreliable := func(t *testing.T, operation string) *dynamodb.Store {
		t.Helper()
		return newStore(t, lossy(operation), dynamodb.Options{})
	}

	t.Run("register", func(t *testing.T) {
		t.Parallel()
		r := request(now)
		must(t, unreliable(t, "UpdateItem").Register(ctx, r))
		wantError(t, good.Register(ctx, r), reply.ErrCompleted)
	})
	t.Run("complete", func(t *testing.T) {
		t.Parallel()
		r := answer(request(now), []byte("mine"))
		must(t, unreliable(t, "UpdateItem").Complete(ctx, r))
		wantError(t, good.Complete(ctx, r), reply.ErrCompleted)
	})
	t.Run("complete in parts", func(t *testing.T) {
		t.Parallel()
		for _, operation := range []string{"BatchWriteItem", "UpdateItem"} {
			r := answer(request(now), noise(500_000))
			must(t, unreliable(t, operation).Complete(ctx, r))
			wantData(t, good, r)
		}
	})
	t.Run("claim, keyed complete and release", func(t *testing.T) {
		t.Parallel()
		r := request(now)
		r.Key = rand.Text()
		c := reply.Claim{Key: r.Key, Owner: r.ID, Lease: now.Add(time.Minute), Expires: now.Add(time.Hour)}
		if holder, err := unreliable(t, "PutItem").Claim(ctx, c); err != nil || holder != r.ID {
			t.Fatalf("%v, %v", holder, err)
		}
		must(t, unreliable(t, "UpdateItem").Complete(ctx, answer(r, nil)))
		must(t, unreliable(t, "DeleteItem").Release(ctx, r.Key, r.ID))
	})
	t.Run("takeover", func(t *testing.T) {
		t.Parallel()
		for _, operation := range []string{"UpdateItem", "PutItem"} {
			c := reply.Claim{Key: rand.Text(), Owner: reply.NewID(now, 1), Lease: now, Expires: now.Add(time.Hour)}
			_, err := good.Claim(ctx, c)
			must(t, err)
			c.Owner, c.Lease = reply.NewID(now, 1), now.Add(time.Minute)
			if holder, err := unreliable(t, operation).Claim(ctx, c); err != nil || holder != c.Owner {
				t.Fatalf("%v, %v", holder, err)
			}
		}
	})
	t.Run("cancel", func(t *testing.T) {
		t.Parallel()
		r := request(now)
		must(t, good.Register(ctx, r))
		must(t, unreliable(t, "UpdateItem").Cancel(ctx, r.ID))
	})
}

// A call of Cancel that stopped between its two writes left the key taken.
func TestCancelAgainGivesTheKeyBack(t *testing.T) {
	t.Parallel()
	now := time.Now()
	good := newStore(t, onDynalite.client, dynamodb.Options{})
	r := request(now)
	r.Key = rand.Text()
	c := reply.Claim{Key: r.Key, Owner: r.ID, Lease: now.Add(time.Minute), Expires: now.Add(time.Hour)}
	_, err := good.Claim(t.Context(), c)
	must(t, err)
	must(t, good.Register(t.Context(), r))
	stops := &interposed{API: onDynalite.client, before: func(_ context.Context, operation string, _ int) error {
		if operation == "DeleteItem" {
			return &types.ResourceNotFoundException{}
		}
		return nil
	}}
	if newStore(t, stops, dynamodb.Options{}).Cancel(t.Context(), r.ID) == nil {
		t.Fatal("the failure did not come")
	}
	must(t, good.Cancel(t.Context(), r.ID))
	c.Owner = reply.NewID(now, 1)
	if holder, err := good.Claim(t.Context(), c); err != nil || holder != c.Owner {
		t.Errorf("%v, %v", holder, err)
	}
}

var _ dynamodb.API = (*sdk.Client)(nil)
