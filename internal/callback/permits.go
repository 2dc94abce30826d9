package callback

import (
	"context"
	"sync"
)

const (
	// atOnce is how many deliveries may run at once.
	atOnce = 64
	// perHost is how many of them may be for one host.
	perHost = 8
)

// permits bound how many deliveries run at once, in all and for each host.
type permits struct {
	all   chan struct{}
	mu    sync.Mutex
	hosts map[string]*hostPermits
}

type hostPermits struct {
	slots chan struct{}
	users int // that have one or wait for one
}

func newPermits() *permits {
	return &permits{all: make(chan struct{}, atOnce), hosts: map[string]*hostPermits{}}
}

// acquire waits for a permit to deliver to a host, and returns what releases it. That of
// the host comes first, so that those who wait for a slow one are in nobody's way.
func (p *permits) acquire(ctx context.Context, host string) (release func(), err error) {
	p.mu.Lock()
	h := p.hosts[host]
	if h == nil {
		h = &hostPermits{slots: make(chan struct{}, perHost)}
		p.hosts[host] = h
	}
	h.users++
	p.mu.Unlock()
	leave := func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if h.users--; h.users == 0 {
			delete(p.hosts, host)
		}
	}
	if err := enter(ctx, h.slots); err != nil {
		leave()
		return nil, err
	}
	if err := enter(ctx, p.all); err != nil {
		<-h.slots
		leave()
		return nil, err
	}
	return func() {
		<-p.all
		<-h.slots
		leave()
	}, nil
}

func enter(ctx context.Context, slots chan<- struct{}) error {
	select {
	case slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
