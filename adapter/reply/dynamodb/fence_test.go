package dynamodb_test

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/dynamodb"
)

// stepIn does something of another process just before a call of an operation.
func stepIn(operation string, number int, step func()) *interposed {
	seen := 0
	return &interposed{API: onDynalite.client, before: func(_ context.Context, op string, _ int) error {
		if op == operation {
			if seen++; seen == number {
				step()
			}
		}
		return nil
	}}
}

// keyed is a request that holds a key whose lease is over, and a claim of
// another request for the same key.
func keyed(t *testing.T, s *dynamodb.Store, registered bool) (owner reply.Reply, next reply.Claim) {
	t.Helper()
	now := time.Now()
	r := request(now)
	r.Key = rand.Text()
	c := reply.Claim{Key: r.Key, Owner: r.ID, Lease: now.Add(-time.Second), Expires: now.Add(time.Hour)}
	_, err := s.Claim(t.Context(), c)
	must(t, err)
	if registered {
		must(t, s.Register(t.Context(), r))
	}
	c.Owner, c.Lease = reply.NewID(now, 1), now.Add(time.Minute)
	return answer(r, []byte("former")), c
}

// Every place where another process may step in between the two items of a
// key, with a request that is registered and one that is not. Whatever
// happens, either the owner's reply counts and it holds the key, or neither.
func TestClaimAndRecordAgreeWhereverAnotherProcessStepsIn(t *testing.T) {
	t.Parallel()
	good := newStore(t, onDynalite.client, dynamodb.Options{})
	for name, tt := range map[string]struct {
		operation string // of Complete by the owner, before which the other steps in
		number    int
		other     func(ctx context.Context, owner reply.Reply, next reply.Claim) error
		completes error
		holder    string // "owner", "next" or "nobody"
	}{
		"a takeover before the claim is read": {"GetItem", 1, takeover(good), reply.ErrSuperseded, "next"},
		"a takeover after the claim is read":  {"UpdateItem", 1, takeover(good), reply.ErrSuperseded, "next"},
		"a release before the claim is read":  {"GetItem", 1, release(good), reply.ErrSuperseded, "nobody"},
		"a release after the claim is read":   {"UpdateItem", 1, release(good), reply.ErrSuperseded, "nobody"},
		"a release and a claim of another": {"UpdateItem", 1, func(ctx context.Context, owner reply.Reply, next reply.Claim) error {
			return errors.Join(good.Release(ctx, owner.Key, owner.ID), takeover(good)(ctx, owner, next))
		}, reply.ErrSuperseded, "next"},
		"a release and a claim by the owner anew": {"GetItem", 1, func(ctx context.Context, owner reply.Reply, next reply.Claim) error {
			next.Owner = owner.ID
			return errors.Join(good.Release(ctx, owner.Key, owner.ID), takeover(good)(ctx, owner, next))
		}, nil, "owner"},
		"a takeover that stops after its fence": {"UpdateItem", 1, func(ctx context.Context, _ reply.Reply, next reply.Claim) error {
			stops := stopping("PutItem", 2)
			if _, err := newStore(t, stops, dynamodb.Options{}).Claim(ctx, next); err == nil {
				return errors.New("the failure did not come")
			}
			return nil
		}, reply.ErrSuperseded, "nobody"},
		"a release that stops after its fence": {"UpdateItem", 1, func(ctx context.Context, owner reply.Reply, _ reply.Claim) error {
			stops := stopping("DeleteItem", 1)
			if newStore(t, stops, dynamodb.Options{}).Release(ctx, owner.Key, owner.ID) == nil {
				return errors.New("the failure did not come")
			}
			return nil
		}, reply.ErrSuperseded, "nobody"},
		"a duplicate that is faster": {"UpdateItem", 1, func(ctx context.Context, owner reply.Reply, _ reply.Claim) error {
			return good.Complete(ctx, owner)
		}, reply.ErrCompleted, "owner"},
	} {
		for _, registered := range []bool{true, false} {
			t.Run(name+", registered "+map[bool]string{true: "yes", false: "no"}[registered], func(t *testing.T) {
				t.Parallel()
				owner, next := keyed(t, good, registered)
				api := stepIn(tt.operation, tt.number, func() { must(t, tt.other(t.Context(), owner, next)) })
				wantError(t, newStore(t, api, dynamodb.Options{}).Complete(t.Context(), owner), tt.completes)

				third := next
				third.Owner = reply.NewID(time.Now(), 2)
				holder, err := good.Claim(t.Context(), third)
				must(t, err)
				want := map[string]reply.ID{"owner": owner.ID, "next": next.Owner, "nobody": third.Owner}[tt.holder]
				if holder != want {
					t.Errorf("the key is held by %s, want %s, %s", holder, tt.holder, want)
				}
				rec, err := good.Lookup(t.Context(), owner.ID)
				if completed := err == nil && rec.State == reply.Completed; completed != (tt.holder == "owner") {
					t.Errorf("completed: %v, %v", completed, err)
				}
			})
		}
	}
}

func takeover(s *dynamodb.Store) func(context.Context, reply.Reply, reply.Claim) error {
	return func(ctx context.Context, _ reply.Reply, next reply.Claim) error {
		holder, err := s.Claim(ctx, next)
		if err == nil && holder != next.Owner {
			err = errors.New("the key was not taken over")
		}
		return err
	}
}

func release(s *dynamodb.Store) func(context.Context, reply.Reply, reply.Claim) error {
	return func(ctx context.Context, owner reply.Reply, _ reply.Claim) error {
		return s.Release(ctx, owner.Key, owner.ID)
	}
}

// stopping fails for good from a call of an operation on.
func stopping(operation string, number int) *interposed {
	seen := 0
	return &interposed{API: onDynalite.client, before: func(_ context.Context, op string, _ int) error {
		if op == operation {
			seen++
		}
		if seen >= number {
			return errors.New("the process is gone")
		}
		return nil
	}}
}

// The other side of the race: the owner completes while another takes the key.
func TestAnOwnerThatIsFasterThanTheFenceKeepsTheKey(t *testing.T) {
	t.Parallel()
	good := newStore(t, onDynalite.client, dynamodb.Options{})
	for _, registered := range []bool{true, false} {
		owner, next := keyed(t, good, registered)
		api := stepIn("UpdateItem", 1, func() { must(t, good.Complete(t.Context(), owner)) })
		if holder, err := newStore(t, api, dynamodb.Options{}).Claim(t.Context(), next); err != nil || holder != owner.ID {
			t.Errorf("the key is held by %s, %v", holder, err)
		}
		wantData(t, good, owner)

		owner, next = keyed(t, good, registered)
		api = stepIn("UpdateItem", 1, func() { must(t, good.Complete(t.Context(), owner)) })
		must(t, newStore(t, api, dynamodb.Options{}).Release(t.Context(), owner.Key, owner.ID))
		wantData(t, good, owner) // the reply counts, and its key is free
		if holder, err := good.Claim(t.Context(), next); err != nil || holder != next.Owner {
			t.Errorf("the key is held by %s, %v", holder, err)
		}
	}
}

func TestACancelThatIsFasterThanTheReplyWins(t *testing.T) {
	t.Parallel()
	good := newStore(t, onDynalite.client, dynamodb.Options{})
	owner, next := keyed(t, good, true)
	api := stepIn("UpdateItem", 1, func() { must(t, good.Cancel(t.Context(), owner.ID)) })
	wantError(t, newStore(t, api, dynamodb.Options{}).Complete(t.Context(), owner), reply.ErrCancelled)
	must(t, takeover(good)(t.Context(), owner, next))
}

// A request whose key was lost before it could be registered is still
// not one that never was.
func TestAFencedRequestCanBeRegisteredAndIsPending(t *testing.T) {
	t.Parallel()
	good := newStore(t, onDynalite.client, dynamodb.Options{})
	owner, next := keyed(t, good, false)
	must(t, takeover(good)(t.Context(), owner, next))
	_, err := good.Lookup(t.Context(), owner.ID)
	wantError(t, err, reply.ErrUnknown)
	wantError(t, good.Cancel(t.Context(), owner.ID), reply.ErrUnknown)
	must(t, good.Register(t.Context(), owner.Request))
	if rec, err := good.Lookup(t.Context(), owner.ID); err != nil || rec.State != reply.Pending {
		t.Errorf("%+v, %v", rec, err)
	}
	owner.Key = ""
	wantError(t, good.Complete(t.Context(), owner), reply.ErrSuperseded)
}
