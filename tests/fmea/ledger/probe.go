package main

import (
	"context"
	"net"
	"net/http"
	"strings"
	"time"
)

// ready is the probe of a process of the command.
func ready(ctx context.Context, p *process) bool {
	return answers(ctx, p.url()+"/health/readiness", http.StatusOK)
}

// answers reports whether a URL answers with a status.
func answers(ctx context.Context, url string, status int) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return false
	}
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close() //nolint:errcheck // nobody reads it
	return resp.StatusCode == status
}

// servesRedis is the probe of a Redis server: it answers PING when it has loaded
// what it had written.
func servesRedis(ctx context.Context, p *process) bool {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", p.address())
	if err != nil {
		return false
	}
	defer conn.Close() //nolint:errcheck // nothing is left to be sent
	if deadline, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(deadline) // else it fails now
	}
	if _, err := conn.Write([]byte("PING\r\n")); err != nil {
		return false
	}
	answer := make([]byte, len("+PONG"))
	n, err := conn.Read(answer)
	return err == nil && strings.HasPrefix(string(answer[:n]), "+PONG")
}

// probeTime bounds one probe.
const probeTime = time.Second
