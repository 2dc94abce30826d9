// Package replies opens the reply store that the settings of a process name, by
// the drivers that are linked into it.
package replies

import (
	"context"
	"fmt"
	"log/slog"

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
	if name == "table" {
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
			s, err := d.Open(ctx, cfg.Text, log)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", settings.Variable(name), err)
			}
			return s, nil
		}
		return nil, missing(name)
	}
	return nil, nil //nolint:nilnil // it has its own
}

// Close closes a store that has something to close. A nil store has not.
func Close(s reply.Store) error {
	if closer, ok := s.(interface{ Close() error }); ok {
		return closer.Close() //nolint:wrapcheck // that of the store
	}
	return nil
}
