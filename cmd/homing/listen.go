package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"syscall"

	"github.com/homing-dev/homing/cmd/homing/internal/exit"
)

// listen opens the address, or says what to do about it.
func listen(ctx context.Context, address string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, exit.Usagef("--listen %q is not an address", address).Then("write HOST:PORT, such as %s or :9000", defaultListen)
	}
	var config net.ListenConfig
	ln, err := config.Listen(ctx, "tcp", address)
	switch {
	case err == nil:
		return ln, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, (&exit.Error{Code: exit.Failed, Err: fmt.Errorf("port %s is in use: %w", port, err)}).
			Then("stop what listens there, or choose another port: --listen %s (port 0 takes any free one)", net.JoinHostPort(host, "0"))
	case errors.Is(err, fs.ErrPermission):
		return nil, (&exit.Error{Code: exit.Failed, Err: fmt.Errorf("port %s may not be used: %w", port, err)}).
			Then("choose a port above 1023: --listen %s", net.JoinHostPort(host, "8080"))
	default:
		return nil, (&exit.Error{Code: exit.Failed, Err: err}).Then("choose an address of this machine: --listen %s", defaultListen)
	}
}
