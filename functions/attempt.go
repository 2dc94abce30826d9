package functions

import "context"

// Attempt returns which attempt of its step a function runs for, from 1: the retry
// policy of the step counts, in every shape. An event that a platform delivers
// again, since the process that had it was killed, begins at 1: neither a broker
// nor Lambda says how often it has delivered one. So 1 does not mean that nothing
// was done before. A step at a URL does not learn it.
func Attempt(ctx context.Context) int {
	if n, ok := ctx.Value(attemptKey{}).(int); ok {
		return n
	}
	return 1
}

// WithAttempt returns a context for attempt number n of a step, from 1; it is for
// what runs functions, such as a test.
func WithAttempt(ctx context.Context, n int) context.Context {
	return context.WithValue(ctx, attemptKey{}, n)
}

type attemptKey struct{}
