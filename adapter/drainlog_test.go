package adapter_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/functions"
)

// What is refused while the server drains is no trouble.
func TestRefusalsWhileDrainingAreNoErrorsInTheLog(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s := serve(t, setup{
		cfg:    adapter.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))},
		chains: []functions.Chain{chain("work", echo)},
	})
	if err := s.adapter.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, call := range [][2]string{{"GET", "/health/readiness"}, {"POST", "/work"}, {"POST", "/events"}} {
		s.do(call[0], call[1], "").problem(t, http.StatusServiceUnavailable)
	}
	if text := log.String(); strings.Contains(text, "ERROR") || strings.Contains(text, "WARN") {
		t.Errorf("the log has %s", text)
	}
}
