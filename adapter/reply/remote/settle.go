package remote

import (
	"context"
	"time"
)

// settleTime is for how long an answer is still waited for after the context
// of a change has ended.
const settleTime = time.Second

// settling gives a context that outlives ctx by [settleTime]. A change that
// was sent cannot be taken back: if its caller left at once, the server might
// carry it out after the caller has looked whether it did.
func settling(ctx context.Context) (settled context.Context, release func()) {
	settled, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		time.AfterFunc(settleTime, func() { cancel(context.Cause(ctx)) })
	})
	return settled, func() {
		stop()
		cancel(nil)
	}
}
