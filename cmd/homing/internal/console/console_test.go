package console_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/homing-dev/homing/cmd/homing/internal/console"
	"github.com/homing-dev/homing/cmd/homing/internal/exit"
)

func TestWhatIsNoTerminalGetsNoColour(t *testing.T) {
	t.Parallel()
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	con := console.New(file, &bytes.Buffer{}, file, nil)
	if con.Out.Terminal || con.Out.Colour || con.Err.Terminal || con.Err.Colour || console.IsTerminal(file) || console.IsTerminal(nil) {
		t.Errorf("a buffer and a file are taken for terminals: %+v", con)
	}
	if got := con.Out.Red("x") + con.Out.Green("y") + con.Out.Bold("z") + con.Out.Faint("!"); got != "xyz!" {
		t.Errorf("got %q", got)
	}
}

func TestColoursDoNotDependOnTheStreamsOfTheProcess(t *testing.T) {
	t.Parallel()
	s := console.Stream{Colour: true}
	for got, code := range map[string]string{s.Red("x"): "31", s.Green("x"): "32", s.Bold("x"): "1", s.Faint("x"): "2"} {
		if !strings.HasPrefix(got, "\x1b["+code+"mx\x1b[") {
			t.Errorf("got %q, want code %s", got, code)
		}
	}
	if s.Red("") != "" {
		t.Error("nothing was painted")
	}
}

func TestLogIsJSONWhereNobodyReadsAlong(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		stream console.Stream
		format string
		json   bool
	}{
		"auto":                {console.Stream{}, "auto", true},
		"auto, on a terminal": {console.Stream{Terminal: true}, "auto", false},
		"json, on a terminal": {console.Stream{Terminal: true}, "json", true},
		"text":                {console.Stream{}, "text", false},
		"auto, coloured":      {console.Stream{Terminal: true, Colour: true}, "auto", false},
	} {
		var out bytes.Buffer
		tc.stream.Writer = &out
		log, err := tc.stream.Logger("info", tc.format)
		if err != nil {
			t.Fatal(err)
		}
		log.Debug("unseen")
		log.Info("draining", "within", 30*time.Second)
		var line struct {
			Msg    string `json:"msg"`
			Within string `json:"within"`
		}
		isJSON := json.Unmarshal(out.Bytes(), &line) == nil
		if isJSON != tc.json || isJSON && (line.Msg != "draining" || line.Within != "30s") || strings.Contains(out.String(), "unseen") {
			t.Errorf("%s: logged %q", name, out.String())
		}
		if coloured := strings.Contains(out.String(), "\x1b["); coloured != tc.stream.Colour {
			t.Errorf("%s: coloured is %v", name, coloured)
		}
	}
}

func TestLogLevels(t *testing.T) {
	t.Parallel()
	for level, want := range map[string]slog.Level{
		"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError,
	} {
		log, err := console.Stream{Writer: &bytes.Buffer{}}.Logger(level, "json")
		if err != nil || !log.Enabled(t.Context(), want) || log.Enabled(t.Context(), want-1) {
			t.Errorf("%s: %v", level, err)
		}
	}
}

func TestUnknownLevelOrFormatIsAUsageError(t *testing.T) {
	t.Parallel()
	for _, tc := range [][3]string{
		{"wrn", "json", `--log-level "wrn" is not one of debug, info, warn, error; did you mean "warn"?`},
		{"info+1", "json", `--log-level "info+1" is not`},
		{"info", "jsn", `--log-format "jsn" is not one of auto, text, json; did you mean "json"?`},
	} {
		_, err := console.Stream{}.Logger(tc[0], tc[1])
		if exit.Code(err) != exit.Misused || !strings.HasPrefix(err.Error(), tc[2]) {
			t.Errorf("%v: got %v", tc[:2], err)
		}
	}
}
