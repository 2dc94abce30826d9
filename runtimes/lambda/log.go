package lambda

import (
	"context"
	"io"
	"log/slog"

	"github.com/aws/aws-lambda-go/lambdacontext"
)

// NewLogger returns a logger that writes lines of JSON to w, with the id of the
// invocation that they belong to, which is the requestId of Lambda's own lines.
func NewLogger(w io.Writer) *slog.Logger { return newLogger(Config{}, w) }

// newLogger returns a logger that writes as cfg says.
func newLogger(cfg Config, w io.Writer) *slog.Logger {
	return slog.New(invocationHandler{cfg.Handler(w)})
}

// invocationHandler adds the id of the invocation.
type invocationHandler struct{ slog.Handler }

// Handle implements slog.Handler.
func (h invocationHandler) Handle(ctx context.Context, r slog.Record) error {
	if lc, ok := lambdacontext.FromContext(ctx); ok {
		r.AddAttrs(slog.String("invocation", lc.AwsRequestID))
	}
	return h.Handler.Handle(ctx, r) //nolint:wrapcheck // a handler's own
}

// WithAttrs implements slog.Handler.
func (h invocationHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return invocationHandler{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (h invocationHandler) WithGroup(name string) slog.Handler {
	return invocationHandler{h.Handler.WithGroup(name)}
}
