package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/homing-dev/homing/tests/bench/internal/peer"
	"github.com/homing-dev/homing/tests/bench/internal/throughput"
)

// checkAnswers asks every server once before anything is measured: the servers
// that run functions must answer the same, byte for byte, and the others the
// order itself.
func checkAnswers(ctx context.Context, start throughput.Starter) error {
	for _, work := range []string{peer.Identity, peer.Quote} {
		want, err := answer(ctx, start, peer.Plain, work)
		if err != nil {
			return err
		}
		for _, name := range append(peer.HopNames(), peer.Homing) {
			got, err := answer(ctx, start, name, work)
			if err != nil {
				return err
			}
			if !bytes.Equal(got, want) {
				return fmt.Errorf("%s: %s answers %q, and the hand-written server %q", work, name, got, want)
			}
		}
		if echoed := bytes.Equal(want, peer.Order); echoed != (work == peer.Identity) {
			return fmt.Errorf("%s answers %q", work, want)
		}
	}
	echoed, err := answer(ctx, start, peer.Echo, peer.Identity)
	if err != nil {
		return err
	}
	if !bytes.Equal(echoed, peer.Order) {
		return fmt.Errorf("the echo answers %q", echoed)
	}
	return nil
}

func answer(ctx context.Context, start throughput.Starter, name peer.Name, work string) (_ []byte, err error) {
	server, err := start(ctx, name, work)
	if err != nil {
		return nil, fmt.Errorf("start %s with %s: %w", name, work, err)
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL(peer.Path), bytes.NewReader(peer.Order))
	if err != nil {
		return nil, fmt.Errorf("make a request: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask %s with %s: %w", name, work, err)
	}
	body, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return nil, fmt.Errorf("read the answer of %s with %s: %w", name, work, err)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s with %s answers %s: %s", name, work, resp.Status, body)
	}
	return body, nil
}
