package carrier

import "sync/atomic"

// Position is where an execution is in its chain, for who reports that its time
// has ended. The zero value and a nil *Position are at no step. It is safe for
// concurrent use.
type Position struct{ step atomic.Pointer[string] }

// PositionKey is the key of a context whose value is the [*Position] of the
// execution that runs under it.
type PositionKey struct{}

// Enter notes that the step of that name runs now.
func (p *Position) Enter(step *string) {
	if p != nil {
		p.step.Store(step)
	}
}

// Step returns the name of the step that ran last, or "".
func (p *Position) Step() string {
	if p == nil {
		return ""
	}
	if step := p.step.Load(); step != nil {
		return *step
	}
	return ""
}
