package callback

import (
	"bufio"
	"errors"
	"net"
	"net/http"
	"testing"
	"time"
)

// A target that switches to another protocol keeps its connection, and no delivery.
func TestATargetThatSwitchesProtocolsHoldsNoDelivery(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				r := bufio.NewReader(conn)
				if _, err := http.ReadRequest(r); err != nil {
					return
				}
				_, _ = conn.Write([]byte("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"))
				_, _ = r.ReadByte() // until the other side closes
				_, _ = r.ReadByte()
			}()
		}
	}()
	url := "http://" + ln.Addr().String()
	allowed, err := ParseAllowed(url)
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(Options{Allowed: allowed})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	ended := make(chan error, 1)
	go func() { ended <- s.Try(t.Context(), url, result()) }()
	select {
	case err := <-ended:
		if !errors.Is(err, ErrRefused) {
			t.Errorf("got %v", err)
		}
	case <-time.After(time.Minute):
		_ = ln.Close()
		t.Fatal("the delivery hangs")
	}
}
