package settings

import (
	"errors"
	"strings"

	"github.com/homing-dev/homing/internal/callback"
	"github.com/homing-dev/homing/internal/hosts"
)

var errOrigin = errors.New("must be one name of letters, digits, dashes and dots, such as homing.example.com")

// origin takes the DNS name by which this system is known to the targets of callbacks:
// one for all of its processes.
func origin(to *string) Value {
	v := parsed(to, "name", func(s string) (string, error) {
		names, err := hosts.Parse(s)
		if err != nil {
			return "", err
		}
		if len(names) != 1 || strings.Trim(names[0], "abcdefghijklmnopqrstuvwxyz0123456789-.") != "" {
			return "", errOrigin
		}
		return names[0], nil
	})
	return withDefault(v, to, callback.DefaultOrigin, callback.DefaultOrigin)
}
