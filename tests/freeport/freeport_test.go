package freeport_test

import (
	"net"
	"strconv"
	"testing"

	"github.com/homing-dev/homing/tests/freeport"
)

func TestAPortIsFoundOnceUntilItIsReleased(t *testing.T) {
	t.Parallel()
	const many = 500
	found := map[int]bool{}
	for range many {
		port, release, err := freeport.Find(t.Context())
		if err != nil || found[port] {
			t.Fatalf("got %d again: %v; %v", port, found[port], err)
		}
		t.Cleanup(release)
		found[port] = true
		ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:"+strconv.Itoa(port))
		if err != nil {
			t.Fatal(err)
		}
		if err := ln.Close(); err != nil {
			t.Error(err)
		}
	}
}
