package lambda

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
)

// batchConcurrency is how many messages of an SQS batch are handled at once. It
// is SQS's default batch size; the rest of a larger batch waits.
const batchConcurrency = 10

// handleMessages handles a batch of SQS messages, each an event in structured
// JSON, and names those that SQS is to deliver again: what could not be dealt
// with. An event whose reply goes to the
// store is dealt with when it has one, an error or not. One that nobody waits
// for is dealt with when its steps have succeeded. What is no event at all is
// left to the queue's own redrive policy.
func (s *Service) handleMessages(ctx context.Context, batch []message) []byte {
	failed := make([]bool, len(batch))
	permits := make(chan struct{}, batchConcurrency)
	var all sync.WaitGroup
	for i, m := range batch {
		permits <- struct{}{}
		all.Go(func() {
			defer func() { <-permits }()
			failed[i] = !s.handleMessage(ctx, m)
		})
	}
	all.Wait()
	again := []map[string]string{}
	for i, m := range batch {
		if failed[i] {
			again = append(again, map[string]string{"itemIdentifier": m.ID})
		}
	}
	data, err := json.Marshal(map[string]any{"batchItemFailures": again})
	if err != nil { // it holds nothing but strings
		return []byte(nothing)
	}
	return data
}

// handleMessage reports whether a message was dealt with.
func (s *Service) handleMessage(ctx context.Context, m message) bool {
	out, err := s.handleEvent(ctx, []byte(m.Body))
	if err != nil {
		s.log.ErrorContext(ctx, "message not dealt with", slog.String("message", m.ID), slog.Any("error", err))
	}
	return err == nil && !out.failed
}
