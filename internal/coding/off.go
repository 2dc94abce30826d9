package coding

import "context"

type switchedOff struct{}

// SwitchOff returns a context in whose request no answer is to be coded: what
// stands before the server could not pass it on.
func SwitchOff(ctx context.Context) context.Context {
	return context.WithValue(ctx, switchedOff{}, true)
}

// IsSwitchedOff reports whether ctx comes from [SwitchOff].
func IsSwitchedOff(ctx context.Context) bool { return ctx.Value(switchedOff{}) != nil }
