package reply

import (
	"context"
	"log/slog"
)

// Driver opens a [Store] that a setting names. An app links those that it uses:
// they are options of runtimes.Main.
type Driver struct {
	// Name is how an app writes it, such as "dynamodb.Replies()".
	Name string
	// Setting is what asks for it, such as "table", which is HOMING_TABLE.
	Setting string
	// Open opens the store, which logs to log. setting returns what a setting is set
	// to, "" for nothing, and a size as a number of bytes. A server that cannot be reached is no error.
	Open func(ctx context.Context, setting func(name string) string, log *slog.Logger) (Store, error)
	// OpenBodies opens, in the place of a store, what keeps the bodies that are too
	// large for a carrier, if Setting is "bodies". Nothing is connected before it is
	// used.
	OpenBodies func(ctx context.Context, setting func(name string) string) (Bodies, error)
}

// Option returns the name.
func (d Driver) Option() string { return d.Name }
