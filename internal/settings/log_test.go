package settings_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/homing-dev/homing/internal/settings"
)

func TestAProcessThatAnybodyMayCallWarns(t *testing.T) {
	t.Parallel()
	const open = "may call the chains"
	for name, tc := range map[string]struct {
		runtime settings.Runtime
		environ []string
		address string
		want    bool
	}{
		"any address":      {settings.Local, nil, "[::]:8080", true},
		"another address":  {settings.Container, nil, "10.0.0.1:8080", true},
		"loopback":         {settings.Container, nil, "127.0.0.1:8080", false},
		"loopback, IPv6":   {settings.Local, nil, "[::1]:8080", false},
		"by name":          {settings.Local, nil, "localhost:8080", false},
		"with tokens":      {settings.Container, []string{"HOMING_TOKENS=a=" + secret}, "[::]:8080", false},
		"an adapter":       {settings.Container, []string{"HOMING_ROLE=adapter", "HOMING_VERTEX_URL=http://v"}, "[::]:8080", true},
		"a vertex":         {settings.Container, []string{"HOMING_ROLE=vertex"}, "[::]:8080", false},
		"func":             {settings.Func, nil, "[::]:8080", true},
		"Lambda":           {settings.Lambda, nil, "", true},
		"Lambda, a vertex": {settings.Lambda, []string{"HOMING_ROLE=vertex"}, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := load(tc.runtime, tc.environ...)
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			c.Warn(t.Context(), slog.New(c.Handler(&out)), tc.address)
			if got := strings.Contains(out.String(), open); got != tc.want || got && !strings.Contains(out.String(), `"level":"WARN"`) {
				t.Errorf("warned is %v: %s", got, &out)
			}
			if tc.want && !strings.Contains(out.String(), "HOMING_TOKENS") {
				t.Errorf("it does not say what to do: %s", &out)
			}
		})
	}
}

func TestWhatHasNoEffectIsWarnedOf(t *testing.T) {
	t.Parallel()
	c, err := load(settings.Func, "HOMING_ROLE=vertex", "HOMING_LISTEN=:1", "HOMING_MAX_WAIT=1m")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	c.Warn(t.Context(), slog.New(c.Handler(&out)), "")
	for _, want := range []string{`"settings":"HOMING_LISTEN, HOMING_MAX_WAIT"`, `"role":"vertex"`, `"used":"28s"`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s is not in %s", want, &out)
		}
	}
}

func TestFuncAddressIsWhereFuncListens(t *testing.T) {
	t.Parallel()
	for want, environ := range map[string][]string{
		"[::]:8080":      {"X=1"},
		"127.0.0.1:9000": {"PORT=9000"},
		"0.0.0.0:8080":   {"ADDRESS=0.0.0.0"},
		"[::]:80":        {"LISTEN_ADDRESS=[::]:80", "PORT=1"},
	} {
		if got := settings.FuncAddress(environ); got != want {
			t.Errorf("%q: got %s, want %s", environ, got, want)
		}
	}
}

func TestTheLogIsWrittenAsItIsSet(t *testing.T) {
	t.Parallel()
	for want, environ := range map[string][]string{
		`"msg":"x","d":"2s"`: nil,
		"level=INFO msg=x":   {"HOMING_LOG_FORMAT=text"},
		"":                   {"HOMING_LOG_LEVEL=error"},
	} {
		c, err := load(settings.Lambda, environ...)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		slog.New(c.Handler(&out)).Info("x", "d", 2*time.Second)
		if !strings.Contains(out.String(), want) || want == "" && out.Len() > 0 {
			t.Errorf("%q: %s", environ, &out)
		}
	}
}
