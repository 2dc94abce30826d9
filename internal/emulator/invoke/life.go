package invoke

import (
	"context"
	"sync"
	"time"
)

// life is a context that ends with the service, which no caller's context
// lives as long as.
type life struct {
	once  *sync.Once
	ended chan struct{}
}

func newLife() life { return life{new(sync.Once), make(chan struct{})} }

func (l life) end() { l.once.Do(func() { close(l.ended) }) }

func (life) Deadline() (time.Time, bool) { return time.Time{}, false }

func (l life) Done() <-chan struct{} { return l.ended }

func (l life) Err() error {
	select {
	case <-l.ended:
		return context.Canceled
	default:
		return nil
	}
}

func (life) Value(any) any { return nil }
