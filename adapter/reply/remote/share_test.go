package remote_test

import (
	"errors"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/adapter/reply/remote"
)

func TestOneTenantDoesNotFillTheStoreOfAnotherProcessForAll(t *testing.T) {
	t.Parallel()
	const entries = 40
	h, err := remote.NewHandler(memory.New(memory.Options{MaxEntries: entries}), secret, remote.HandlerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	t.Cleanup(h.Close)
	client, err := remote.New(srv.URL, secret, remote.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	sharing, ok := any(client).(reply.Sharing)
	if !ok {
		t.Fatal("the client has no shares")
	}
	sharing.Share(2)
	register := func(tenant string) error {
		now := time.Now()
		return client.Register(t.Context(), reply.Request{
			ID: reply.NewID(now, 1), Tenant: tenant, Chain: "orders", Deadline: now.Add(time.Minute), Expires: now.Add(30 * time.Minute),
		})
	}
	for range entries {
		if err = register("greedy"); err != nil {
			break
		}
	}
	full, known := errors.AsType[*reply.FullError](err)
	if !known || !full.Share || full.After < 29*time.Minute || full.After > 30*time.Minute {
		t.Errorf("the greedy tenant got %v", err)
	}
	if err := register("modest"); err != nil {
		t.Errorf("the other tenant got %v", err)
	}
}

func TestStoreOfAnotherProcessThatIsFullTellsWhenThereIsRoom(t *testing.T) {
	t.Parallel()
	h, err := remote.NewHandler(memory.New(memory.Options{MaxEntries: 1}), secret, remote.HandlerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	t.Cleanup(h.Close)
	client, err := remote.New(srv.URL, secret, remote.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	for range 2 {
		now := time.Now()
		err = client.Register(t.Context(), reply.Request{
			ID: reply.NewID(now, 1), Chain: "orders", Deadline: now.Add(time.Minute), Expires: now.Add(30 * time.Minute),
		})
	}
	full, known := errors.AsType[*reply.FullError](err)
	if !errors.Is(err, reply.ErrFull) || !known || full.Share || full.After < 29*time.Minute {
		t.Errorf("got %v", err)
	}
}
