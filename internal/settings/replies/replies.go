// Package replies opens the reply store that the settings of a process name, and what
// keeps bodies beside it, by
// the drivers that are linked into it.
package replies

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/internal/settings"
)

// MissingError means that a setting names a store whose driver is not linked.
type MissingError struct {
	// Variable is what is set, Option the driver, and Package where that is.
	Variable, Option, Package string
}

// Error implements error.
func (e *MissingError) Error() string {
	return fmt.Sprintf("%s is set: link it with the option %s of github.com/homing-dev/homing/%s", e.Variable, e.Option, e.Package)
}

// missing returns the error of a setting that names a store.
func missing(name string) *MissingError {
	e := &MissingError{settings.Variable(name), "redis.Replies()", "adapter/reply/redis"}
	switch name {
	case bodies:
		e.Option, e.Package = "s3.Bodies()", "adapter/reply/s3"
	case "table":
		e.Option, e.Package = "dynamodb.Replies()", "adapter/reply/dynamodb"
	}
	return e
}

// Open opens the store that cfg names by the first one of the settings names that is
// set. The store is nil if none of them is: then the runtime has its own. The error is a
// [*MissingError] if the driver is not linked.
func Open(
	ctx context.Context, cfg settings.Config, log *slog.Logger, drivers []reply.Driver, names ...string,
) (reply.Store, error) {
	for _, name := range names {
		if cfg.Text(name) == "" {
			continue
		}
		for _, d := range drivers {
			if d.Setting != name {
				continue
			}
			s, err := d.Open(ctx, text(cfg), log)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", settings.Variable(name), err)
			}
			return s, nil
		}
		return nil, missing(name)
	}
	return nil, nil //nolint:nilnil // it has its own
}

// bodies is the setting of what keeps bodies.
const bodies = "bodies"

// OpenBodies opens what keeps the bodies that are too large for a carrier, which may be
// the store. It is nil if cfg asks for none, or for a store that keeps none. The error
// is a [*MissingError] if the driver is not linked.
func OpenBodies(ctx context.Context, cfg settings.Config, drivers []reply.Driver, store reply.Store) (reply.Bodies, error) {
	switch {
	case cfg.KeepsBodiesInStore():
		own, _ := store.(reply.Bodies)
		return own, nil
	case cfg.Bodies == "", cfg.Bodies == settings.BodiesNone:
		return nil, nil //nolint:nilnil // none are kept
	}
	for _, d := range drivers {
		if d.Setting == bodies && d.OpenBodies != nil {
			b, err := d.OpenBodies(ctx, cfg.Text)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", settings.Variable(bodies), err)
			}
			return b, nil
		}
	}
	return nil, missing(bodies)
}

// text returns a function that returns what a setting is set to.
func text(cfg settings.Config) func(string) string {
	return func(name string) string {
		if name == "store-bytes" && cfg.Text(name) != "" {
			return strconv.FormatInt(cfg.Memory.MaxBytes, 10)
		}
		return cfg.Text(name)
	}
}

// Close closes a store that has something to close. A nil store has not.
func Close(s reply.Store) error {
	if closer, ok := s.(interface{ Close() error }); ok {
		return closer.Close() //nolint:wrapcheck // that of the store
	}
	return nil
}
