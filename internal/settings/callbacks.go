package settings

import (
	"errors"
	"strings"

	"github.com/homing-dev/homing/internal/callback"
	"github.com/homing-dev/homing/internal/hosts"
)

var errOrigin = errors.New("must be one name of letters, digits, dashes and dots, such as homing.example.com")

// callbackSettings are those of the delivery of replies by Homing-Callback. Any process may
// be the one that completes a request.
func (c *Config) callbackSettings() []Setting {
	return []Setting{
		{
			"callbacks", parsed(&c.Callbacks.Allowed, "targets", callback.ParseAllowed), everywhere(),
			"`TARGETS` that a call may name by Homing-Callback, where its reply is delivered: hooks.example.com,*.shop.example, and networks " +
				"such as 10.0.0.0/8 beside the public internet (default: none)",
		},
		{
			"callback-keys", secret(parsed(&c.Callbacks.Keys, "keys", callback.ParseKeys)), everywhere(),
			"keys that sign deliveries to callbacks, as Standard Webhooks has them: `KEYS` as whsec_BASE64,..., the newest first; " +
				"needed with HOMING_CALLBACKS",
		},
		{
			"callback-origin", origin(&c.Callbacks.Origin), everywhere(),
			"`NAME` that targets of callbacks are asked to agree to, and read as WebHook-Request-Origin",
		},
	}
}

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
