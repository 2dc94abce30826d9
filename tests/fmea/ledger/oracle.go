package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// oracle asks one process that runs everything itself what the quotes of all
// orders are, before anything is broken: the same call has the same bytes in
// every shape.
func (s *system) oracle(ctx context.Context) (expectation, error) {
	var e expectation
	port, err := freePort(ctx)
	if err != nil {
		return e, err
	}
	p, err := s.spawnOn("oracle", port)
	if err != nil {
		return e, err
	}
	s.processes = s.processes[:len(s.processes)-1] // no fault is to hit it
	defer p.kill()
	if err := p.start(ctx); err != nil {
		return e, err
	}
	for variant := range orders() {
		quote, err := ask(ctx, p.url()+"/"+chainVertex, plan{nonce: "oracle", variant: variant, end: endResult})
		if err != nil {
			return e, fmt.Errorf("ask the oracle: %w", err)
		}
		e.quotes = append(e.quotes, quote)
	}
	return e, nil
}

// ask returns the quote of an order, with the placeholder as its reference.
func ask(ctx context.Context, url string, p plan) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(p.order()))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close() //nolint:errcheck // it is read to its end
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", err
	}
	var doc struct {
		Quote json.RawMessage `json:"quote"`
	}
	if err := json.Unmarshal(body, &doc); err != nil || resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s %s", resp.Status, body)
	}
	return strings.ReplaceAll(string(doc.Quote), p.String(), placeholder), nil
}
