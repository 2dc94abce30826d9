package remote

import (
	"context"
	"sync"
	"time"
)

// lifetime is a context that ends when it is ended: that of what a client does
// on its own account, for no call.
type lifetime struct {
	done chan struct{}
	once *sync.Once
}

var _ context.Context = lifetime{}

func newLifetime() lifetime { return lifetime{make(chan struct{}), &sync.Once{}} }

func (l lifetime) end() { l.once.Do(func() { close(l.done) }) }

// Deadline implements [context.Context].
func (lifetime) Deadline() (deadline time.Time, ok bool) { return time.Time{}, false }

// Done implements [context.Context].
func (l lifetime) Done() <-chan struct{} { return l.done }

// Err implements [context.Context].
func (l lifetime) Err() error {
	select {
	case <-l.done:
		return context.Canceled
	default:
		return nil
	}
}

// Value implements [context.Context].
func (lifetime) Value(any) any { return nil }
