// Package freeport finds ports for programs that cannot be told to listen on any free
// port, because others must know it before they listen.
package freeport

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
	"testing"
)

// The ports that are tried are below those that the kernel hands to a listener on port
// 0 and to clients: so nobody who wants any port takes one of them.
const (
	lowest  = 20000
	highest = 32767
	tries   = 1000
)

// errNone means that every port that was tried is taken.
var errNone = errors.New("no port of loopback is free")

// Find returns a port of loopback on which nobody listens, and which this function
// returns to nobody else, in no process, until it is released: its number is taken for
// UDP for as long.
func Find(ctx context.Context) (port int, release func(), err error) {
	var config net.ListenConfig
	for range tries {
		port = lowest + rand.IntN(highest-lowest+1) //nolint:gosec // it is no secret
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
		marker, err := config.ListenPacket(ctx, "udp", address)
		if err != nil {
			continue
		}
		if ln, err := config.Listen(ctx, "tcp", address); err == nil {
			_ = ln.Close() // it has accepted nothing
			return port, func() { _ = marker.Close() }, nil
		}
		_ = marker.Close()
	}
	return 0, nil, errors.Join(errNone, ctx.Err())
}

// Take returns a port of [Find] that is a test's until it ends.
func Take(t *testing.T) int {
	t.Helper()
	port, release, err := Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(release)
	return port
}
