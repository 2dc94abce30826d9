package observe

import "log/slog"

// Levels are the levels that can be logged.
func Levels() []string { return []string{"debug", "info", "warn", "error"} }

// ParseLevel returns one of [Levels].
func ParseLevel(word string) (level slog.Level, known bool) {
	for i, l := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError} {
		if word == Levels()[i] {
			return l, true
		}
	}
	return slog.LevelInfo, false
}
