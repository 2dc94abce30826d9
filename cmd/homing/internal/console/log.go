package console

import (
	"log/slog"
	"slices"
	"strings"

	"github.com/lmittmann/tint"

	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/internal/nearest"
	"github.com/homing-dev/homing/internal/settings"
)

// Logger creates a logger that writes to the stream. The format "auto" is text
// on a terminal and JSON elsewhere. An unknown level or format is a usage error.
func (s Stream) Logger(level, format string) (*slog.Logger, error) {
	if levels := settings.LogLevels(); !slices.Contains(levels, level) {
		return nil, unknownWord("--log-level", level, levels)
	}
	return s.LeveledLogger(settings.Level(level), format)
}

// LeveledLogger is Logger for a level that may change.
func (s Stream) LeveledLogger(least slog.Leveler, format string) (*slog.Logger, error) {
	if formats := settings.LogFormats(); !slices.Contains(formats, format) {
		return nil, unknownWord("--log-format", format, formats)
	}
	if format == "text" || format == "auto" && s.Terminal {
		return slog.New(tint.NewTextHandler(s, &tint.Options{Level: least, NoColor: !s.Colour})), nil
	}
	return slog.New(settings.LogHandler(s, least, format)), nil
}

func unknownWord(flag, written string, known []string) error {
	return exit.Usagef("%s %q is not one of %s%s", flag, written, strings.Join(known, ", "), nearest.DidYouMean(written, known))
}
