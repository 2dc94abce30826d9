package settings

import (
	"cmp"
	"context"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"

	"github.com/homing-dev/homing/internal/hosts"
	"github.com/homing-dev/homing/internal/observe"
)

// LogFormats are how the log can be written.
func LogFormats() []string { return []string{"auto", "text", "json"} }

// LogLevels are the levels that can be logged.
func LogLevels() []string { return observe.Levels() }

// Handler writes the log to w as c says, from c.Level on, whatever that is set to
// later.
func (c *Config) Handler(w io.Writer) slog.Handler {
	if c.Level == nil {
		return LogHandler(w, Level(c.LogLevel), c.LogFormat)
	}
	return LogHandler(w, c.Level, c.LogFormat)
}

// Level returns one of [LogLevels]; any other word is info.
func Level(word string) slog.Level {
	level, _ := observe.ParseLevel(word)
	return level
}

// LogHandler writes a log to w: as text if format is that, or if it is auto and w is
// a terminal, and else as lines of JSON.
func LogHandler(w io.Writer, level slog.Leveler, format string) slog.Handler {
	if format == "text" || format == "auto" && IsTerminal(w) {
		return slog.NewTextHandler(w, &slog.HandlerOptions{Level: level})
	}
	return slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: readable})
}

// IsTerminal reports whether a person may read what is written.
func IsTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// readable writes durations as people and most log stores read them; slog's
// JSON has nanoseconds.
func readable(_ []string, attr slog.Attr) slog.Attr {
	if attr.Value.Kind() == slog.KindDuration {
		attr.Value = slog.StringValue(attr.Value.Duration().String())
	}
	return attr
}

// Warn logs what a user should know of the configuration before calls come: what
// is set without effect, and that anybody may call the chains. address is where
// the process listens; "" means where its platform lets it be called.
func (c *Config) Warn(ctx context.Context, log *slog.Logger, address string) {
	if len(c.Ignored) > 0 {
		log.WarnContext(ctx, "these settings have no effect on this process; unset them, or see docs/configuration.md for where they have",
			"settings", strings.Join(c.Ignored, ", "), "runtime", c.Runtime.String(), "role", c.Role)
	}
	if c.capped > 0 {
		log.WarnContext(ctx, "HOMING_MAX_WAIT is longer than the platform holds a connection", "set", c.capped, "used", c.MaxWait)
	}
	if containers(RoleVertex, RoleFailure).has(c.Runtime, c.Role) && !c.ReplyKeys.Any() && !hosts.IsLoopback(address) {
		log.WarnContext(ctx, "events of anybody who reaches this address are taken; "+
			"set HOMING_REPLY_KEYS here and on the adapter", "address", address)
	}
	if !adapters().has(c.Runtime, c.Role) || c.Secured() {
		return
	}
	switch {
	case c.Runtime == Lambda:
		log.WarnContext(ctx, "anybody who reaches this function may call the chains; "+
			"set HOMING_TOKENS, HOMING_TOKENS_FILE or HOMING_JWT_ISSUERS, or HOMING_AUTHORIZER if an authorizer stands in front of it")
	case !hosts.IsLoopback(address):
		log.WarnContext(ctx, "anybody who reaches this address may call the chains; "+
			"set HOMING_TOKENS, HOMING_TOKENS_FILE or HOMING_JWT_ISSUERS, or listen on 127.0.0.1", "address", address)
	}
}

// FuncAddress is where func's server listens, by its own variables.
func FuncAddress(environ []string) string {
	getenv := Getenv(environ)
	address, port := getenv("ADDRESS"), getenv("PORT")
	if address != "" || port != "" {
		address = net.JoinHostPort(cmp.Or(address, "127.0.0.1"), cmp.Or(port, "8080"))
	}
	return cmp.Or(getenv("LISTEN_ADDRESS"), address, "[::]:8080")
}
