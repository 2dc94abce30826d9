package knative

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/problem"
)

// unbound is a process that does not know where its broker is: its revision was
// created before the SinkBinding could name the broker in it. It lives, and takes
// nothing until Knative has replaced it by the revision that the SinkBinding makes.
type unbound struct{}

func newUnbound(log *slog.Logger) Service {
	log.Warn("not ready: K_SINK is missing, by which a SinkBinding names the broker; the revision that has it takes over. " +
		"If none comes, see whether the SinkBinding is ready, or set HOMING_BROKER_URL")
	return unbound{}
}

// ServeHTTP implements http.Handler.
func (unbound) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	problem.Nosniff(w.Header())
	if r.URL.Path == "/health/liveness" {
		health(func() bool { return true }, "ALIVE")(w, r)
		return
	}
	p := functions.Errorf(http.StatusServiceUnavailable, "the broker is not known yet: K_SINK is missing, which a SinkBinding sets")
	p.RetryAfter = time.Second
	problem.Write(w, p)
}

// Ready implements [Service].
func (unbound) Ready() bool { return false }

// Drain implements [Service].
func (unbound) Drain(context.Context) error { return nil }

// MaxResponseTime implements [Service].
func (unbound) MaxResponseTime() time.Duration { return 0 }

// Close implements [Service].
func (unbound) Close() {}
