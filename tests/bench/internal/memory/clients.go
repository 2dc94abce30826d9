package memory

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/homing-dev/homing/tests/bench/internal/peer"
)

// clients are connections with one request each.
type clients []net.Conn

// openAll sends the same request on each of n connections. What was opened
// before an error is answered with it.
func openAll(ctx context.Context, address string, n int) (clients, error) {
	request := fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		peer.Path, address, len(peer.Order), peer.Order)
	all := make(clients, 0, n)
	var dialer net.Dialer
	for range n {
		conn, err := dialer.DialContext(ctx, "tcp", address)
		if err != nil {
			return all, fmt.Errorf("open connection %d of %d: %w", len(all)+1, n, err)
		}
		all = append(all, conn)
		if _, err := conn.Write(request); err != nil {
			return all, fmt.Errorf("send request %d of %d: %w", len(all), n, err)
		}
	}
	return all, nil
}

// expect reads the status of every answer.
func (c clients) expect(status int) error {
	want := fmt.Sprintf("HTTP/1.1 %d ", status)
	for i, conn := range c {
		if err := conn.SetReadDeadline(time.Now().Add(arrival)); err != nil {
			return fmt.Errorf("limit the wait for answer %d: %w", i+1, err)
		}
		got := make([]byte, len(want))
		if _, err := io.ReadFull(conn, got); err != nil {
			return fmt.Errorf("read answer %d of %d: %w", i+1, len(c), err)
		}
		if string(got) != want {
			return fmt.Errorf("answer %d of %d starts with %q, want %q", i+1, len(c), got, want)
		}
	}
	return nil
}

func (c clients) close() error {
	errs := make([]error, 0, len(c))
	for _, conn := range c {
		errs = append(errs, conn.Close())
	}
	return errors.Join(errs...)
}
