package local

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// UntilSignal is a context that ends with the first SIGINT or SIGTERM. By then
// the next one ends the process at once, as if nobody listened: who sees the
// context end, or logs that it has, can rely on that.
func UntilSignal(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		signal.Stop(signals)
		cancel()
	}()
	return ctx
}
