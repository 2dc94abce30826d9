package replytest

import (
	"bytes"
	"context"
	"sync"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
)

// MemoryBodies keep bodies in memory, for tests of what uses them. The zero value is
// ready to use. It is safe for concurrent use.
type MemoryBodies struct {
	// Now is the clock of expiry; nil means time.Now.
	Now func() time.Time
	// Fail is called before everything with what is done, "put", "get" or "delete", and
	// its error is returned; nil means that nothing fails.
	Fail func(what string) error

	mu     sync.Mutex
	bodies map[reply.Body]memoryBody
	puts   int
}

type memoryBody struct {
	data    []byte
	expires time.Time
}

var _ reply.Bodies = (*MemoryBodies)(nil)

// Place implements [reply.Bodies].
func (*MemoryBodies) Place() string { return "memory:" }

// PutBody implements [reply.Bodies].
func (m *MemoryBodies) PutBody(_ context.Context, b reply.Body, data []byte, expires time.Time) error {
	if err := m.begin("put"); err != nil {
		return err
	}
	defer m.mu.Unlock()
	if m.bodies == nil {
		m.bodies = map[reply.Body]memoryBody{}
	}
	m.puts++
	m.bodies[b] = memoryBody{bytes.Clone(data), expires}
	return nil
}

// GetBody implements [reply.Bodies].
func (m *MemoryBodies) GetBody(_ context.Context, b reply.Body) ([]byte, error) {
	if err := m.begin("get"); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	now := time.Now
	if m.Now != nil {
		now = m.Now
	}
	kept, ok := m.bodies[b]
	if !ok || !now().Before(kept.expires) {
		return nil, reply.ErrNoBody
	}
	return bytes.Clone(kept.data), nil
}

// DeleteBody implements [reply.Bodies].
func (m *MemoryBodies) DeleteBody(_ context.Context, b reply.Body) error {
	if err := m.begin("delete"); err != nil {
		return err
	}
	defer m.mu.Unlock()
	delete(m.bodies, b)
	return nil
}

// begin locks m, unless the call fails.
func (m *MemoryBodies) begin(what string) error {
	if m.Fail != nil {
		if err := m.Fail(what); err != nil {
			return err
		}
	}
	m.mu.Lock()
	return nil
}

// Kept returns how many bodies are kept now.
func (m *MemoryBodies) Kept() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.bodies)
}

// Puts returns how often a body was put.
func (m *MemoryBodies) Puts() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.puts
}

// Replace has other data in the place of all bodies, under the same names.
func (m *MemoryBodies) Replace(data []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for b, kept := range m.bodies {
		kept.data = data
		m.bodies[b] = kept
	}
}
