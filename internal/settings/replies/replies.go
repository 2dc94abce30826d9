// Package replies opens the reply store that the settings of a process name, by
// the drivers that are linked into it.
package replies

import (
	"context"
	"fmt"

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

// Of the settings that name a store, the drivers that open it. The first one that
// is set counts.
var known = []MissingError{
	{"store", "redis.Replies()", "adapter/reply/redis"},
	{"table", "dynamodb.Replies()", "adapter/reply/dynamodb"},
}

// Open opens the store that cfg names by one of the settings. The store is nil if
// none of them is set: then the runtime has its own. The error is a
// [*MissingError] if the driver is not linked.
func Open(ctx context.Context, cfg settings.Config, drivers []reply.Driver, names ...string) (reply.Store, error) {
	for _, name := range names {
		if cfg.Text(name) == "" {
			continue
		}
		for _, d := range drivers {
			if d.Setting != name {
				continue
			}
			s, err := d.Open(ctx, cfg.Text)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", settings.Variable(name), err)
			}
			return s, nil
		}
		for _, missing := range known {
			if missing.Variable == name {
				missing.Variable = settings.Variable(name)
				return nil, &missing
			}
		}
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
