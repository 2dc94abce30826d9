package console

import (
	"log/slog"
	"slices"
	"strings"

	"github.com/lmittmann/tint"

	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/internal/nearest"
)

// LogFormats are the formats that [Stream.Logger] knows.
func LogFormats() []string { return []string{"auto", "text", "json"} }

// LogLevels are the levels that [Stream.Logger] knows.
func LogLevels() []string { return []string{"debug", "info", "warn", "error"} }

// Logger creates a logger that writes to the stream. The format "auto" is text
// on a terminal and JSON elsewhere. An unknown level or format is a usage error.
func (s Stream) Logger(level, format string) (*slog.Logger, error) {
	var least slog.Level
	if !slices.Contains(LogLevels(), level) || least.UnmarshalText([]byte(level)) != nil {
		return nil, unknownWord("--log-level", level, LogLevels())
	}
	if !slices.Contains(LogFormats(), format) {
		return nil, unknownWord("--log-format", format, LogFormats())
	}
	if format == "text" || format == "auto" && s.Terminal {
		return slog.New(tint.NewTextHandler(s, &tint.Options{Level: least, NoColor: !s.Colour})), nil
	}
	return slog.New(slog.NewJSONHandler(s, &slog.HandlerOptions{Level: least, ReplaceAttr: readable})), nil
}

// readable writes durations as people and most log stores read them; slog's
// JSON has nanoseconds.
func readable(_ []string, attr slog.Attr) slog.Attr {
	if attr.Value.Kind() == slog.KindDuration {
		attr.Value = slog.StringValue(attr.Value.Duration().String())
	}
	return attr
}

func unknownWord(flag, written string, known []string) error {
	return exit.Usagef("%s %q is not one of %s%s", flag, written, strings.Join(known, ", "), nearest.DidYouMean(written, known))
}
