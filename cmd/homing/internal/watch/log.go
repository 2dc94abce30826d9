package watch

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/homing-dev/homing/cmd/homing/internal/console"
	"github.com/homing-dev/homing/internal/settings"
)

// Line returns a line of a log for people; "" if its level is less than least.
func Line(out console.Stream, line json.RawMessage, least string) string {
	var e struct {
		Time  time.Time `json:"time"`
		Level string    `json:"level"`
		Msg   string    `json:"msg"`
	}
	var attrs map[string]any
	if json.Unmarshal(line, &e) != nil || json.Unmarshal(line, &attrs) != nil {
		return console.Printable(string(line))
	}
	if settings.Level(strings.ToLower(e.Level)) < settings.Level(least) {
		return ""
	}
	level := e.Level
	switch level {
	case "ERROR":
		level = out.Red(level)
	case "WARN":
		level = out.Bold(level)
	}
	at := e.Time.Local().Format(time.TimeOnly) //nolint:gosmopolitan // the clock of who reads it
	words := []string{out.Faint(at), level, console.Printable(e.Msg)}
	for _, key := range slices.Sorted(maps.Keys(attrs)) {
		if key != "time" && key != "level" && key != "msg" {
			words = append(words, out.Faint(console.Printable(key)+"=")+console.Printable(value(attrs[key])))
		}
	}
	return strings.Join(words, " ")
}

// value is an attribute as text: a group as JSON.
func value(v any) string {
	if text, ok := v.(string); ok {
		return text
	}
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}
