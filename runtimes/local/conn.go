package local

import (
	"errors"
	"net"
	"os"
	"sync/atomic"
	"time"
)

// leastRate is how many bytes a second a client has to read on average of each
// stall, so that it cannot hold an answer for hours by a byte now and then.
const leastRate = 4 << 10

// pacedListener accepts connections whose writes have a deadline that moves with
// progress.
type pacedListener struct {
	net.Listener

	stall time.Duration
}

// Accept implements net.Listener.
func (l pacedListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &pacedConn{Conn: conn, stall: l.stall}, nil
}

// pacedConn is a connection that is broken once its peer does not read for stall.
// A deadline for the whole of an answer would cut off who reads slowly, and wait
// for who does not read at all.
type pacedConn struct {
	net.Conn

	stall  time.Duration
	broken atomic.Bool
}

// Write implements net.Conn. Its deadline moves as long as the peer reads.
func (c *pacedConn) Write(data []byte) (written int, err error) {
	if c.broken.Load() {
		return 0, os.ErrDeadlineExceeded
	}
	least := int(c.stall.Seconds() * leastRate)
	for {
		if err := c.Conn.SetWriteDeadline(time.Now().Add(c.stall)); err != nil {
			return written, err
		}
		n, err := c.Conn.Write(data[written:])
		written += n
		switch {
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return written, err
		case n < max(least, 1):
			c.broken.Store(true)
			_ = c.Close() // what is left of the answer would wait again, and be no answer
			return written, err
		}
	}
}

// SetWriteDeadline implements net.Conn. It does nothing: every write has a deadline
// of its own.
func (*pacedConn) SetWriteDeadline(time.Time) error { return nil }

// SetDeadline implements net.Conn. It is for reading alone, as SetWriteDeadline
// says.
func (c *pacedConn) SetDeadline(t time.Time) error { return c.SetReadDeadline(t) }

// CloseWrite lets net/http close in order, so that a client that still sends
// reads its refusal.
func (c *pacedConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite() //nolint:wrapcheck // net/http looks at it
	}
	return nil
}
