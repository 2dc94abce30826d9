package flags_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/cmd/homing/internal/flags"
	"github.com/homing-dev/homing/internal/settings"
)

// serve loads the configuration of "serve" with args.
func serve(t *testing.T, environ []string, args ...string) (settings.Config, error) {
	t.Helper()
	var cfg settings.Config
	cmd := &cobra.Command{Use: "serve", SilenceErrors: true, SilenceUsage: true}
	cmd.Flags().String("plain", "", "no setting")
	flags.Define(cmd.Flags(), settings.Local)
	cmd.RunE = func(cmd *cobra.Command, _ []string) (err error) {
		cfg, err = flags.Load(cmd.Flags(), settings.Local, environ)
		return err
	}
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(t.Context())
	return cfg, err
}

func TestAFlagThatIsTrueOrFalseNeedsNoValue(t *testing.T) {
	t.Parallel()
	for arg, want := range map[string]bool{"--arrivals": true, "--arrivals=false": false, "--arrivals=true": true} {
		if cfg, err := serve(t, nil, arg); err != nil || cfg.Arrivals != want {
			t.Errorf("%s: got %v, %v", arg, cfg.Arrivals, err)
		}
	}
}

// values are the flags of a command that is no server.
type values struct {
	url, token, plain string
	timeout           settings.Span
	concurrency       int
	build             bool
}

// fill runs such a command with args.
func fill(t *testing.T, environ []string, args ...string) (values, error) {
	t.Helper()
	v := values{url: "default", timeout: settings.Span(time.Second), concurrency: 5}
	cmd := &cobra.Command{Use: "x", SilenceErrors: true, SilenceUsage: true}
	f := cmd.Flags()
	f.StringVar(&v.url, "url", v.url, "")
	f.StringVar(&v.token, "token", "", "")
	f.StringVar(&v.plain, "plain", "", "")
	f.Var(&v.timeout, "timeout", "")
	f.IntVar(&v.concurrency, "concurrency", v.concurrency, "")
	f.BoolVar(&v.build, "build", false, "")
	names := []string{"url", "token", "timeout", "concurrency", "build"}
	if err := flags.Mark(f, names...); err != nil {
		t.Fatal(err)
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return flags.Fill(cmd, environ, names...) }
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(t.Context())
	return v, err
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFlagBeatsEnvironmentBeatsFileBeatsDefault(t *testing.T) {
	t.Parallel()
	file := write(t, "homing.yaml", "listen: file\nmax-body: 3MiB\nkeep: 3s\nurl: file\ntimeout: 3s\n")
	type all struct {
		listen string
		body   int64
		keep   time.Duration
		calls  int
	}
	for name, tc := range map[string]struct {
		environ []string
		args    []string
		want    all
	}{
		"nothing is set":                  {want: all{settings.DefaultListen, 10 << 20, time.Hour, 16384}},
		"file":                            {args: []string{"--config", file}, want: all{"file", 3 << 20, 3 * time.Second, 16384}},
		"file that the environment names": {environ: []string{"HOMING_CONFIG=" + file}, want: all{"file", 3 << 20, 3 * time.Second, 16384}},
		"an empty variable is none":       {environ: []string{"HOMING_LISTEN=", "HOMING_CONFIG="}, want: all{settings.DefaultListen, 10 << 20, time.Hour, 16384}},
		"a variable of another command":   {environ: []string{"HOMING_URL=http://x", "HOME=/root", "NOT_HOMING_X=1", "broken"}, want: all{settings.DefaultListen, 10 << 20, time.Hour, 16384}},
		"--config over HOMING_CONFIG":     {environ: []string{"HOMING_CONFIG=/missing.yaml"}, args: []string{"--config", file}, want: all{"file", 3 << 20, 3 * time.Second, 16384}},
		"a flag that repeats its default": {environ: []string{"HOMING_LISTEN=env"}, args: []string{"--listen", settings.DefaultListen}, want: all{settings.DefaultListen, 10 << 20, time.Hour, 16384}},
		"environment over file":           {environ: []string{"HOMING_LISTEN=env", "HOMING_MAX_BODY=2MiB", "HOMING_MAX_IN_FLIGHT=6"}, args: []string{"--config", file}, want: all{"env", 2 << 20, 3 * time.Second, 6}},
		"flag over environment over file": {environ: []string{"HOMING_LISTEN=env", "HOMING_MAX_BODY=2MiB"}, args: []string{"--config", file, "--listen", "flag", "--keep=4s"}, want: all{"flag", 2 << 20, 4 * time.Second, 16384}},
		"a flag that is no setting":       {args: []string{"--plain", "x"}, want: all{settings.DefaultListen, 10 << 20, time.Hour, 16384}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg, err := serve(t, tc.environ, tc.args...)
			if got := (all{cfg.Listen, cfg.MaxBody, cfg.Retention, cfg.MaxInFlight}); err != nil || got != tc.want {
				t.Errorf("got %+v, %v; want %+v", got, err, tc.want)
			}
		})
	}
}

func TestCommandsThatAreNoServerAreFilledTheSameWay(t *testing.T) {
	t.Parallel()
	file := write(t, "homing.yaml", "url: file\ntimeout: 3s\nconcurrency: 7\nbuild: true\nmax-body: 1\n")
	for name, tc := range map[string]struct {
		environ []string
		args    []string
		want    values
	}{
		"nothing is set": {want: values{url: "default", timeout: settings.Span(time.Second), concurrency: 5}},
		"file":           {args: []string{"--config", file}, want: values{url: "file", timeout: settings.Span(3 * time.Second), concurrency: 7, build: true}},
		"environment over file": {
			environ: []string{"HOMING_URL=env", "HOMING_CONFIG=" + file, "HOMING_LISTEN=of serve"},
			want:    values{url: "env", timeout: settings.Span(3 * time.Second), concurrency: 7, build: true},
		},
		"flag over environment": {
			environ: []string{"HOMING_URL=env", "HOMING_TOKEN=t"}, args: []string{"--url", "default"},
			want: values{url: "default", token: "t", timeout: settings.Span(time.Second), concurrency: 5},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := fill(t, tc.environ, tc.args...); err != nil || got != tc.want {
				t.Errorf("got %+v, %v; want %+v", got, err, tc.want)
			}
		})
	}
}

func TestWrongSettingsAreUsageErrorsThatNameTheirPlace(t *testing.T) {
	t.Parallel()
	const secret = "hunter2hunter2"
	for name, tc := range map[string]struct {
		environ []string
		args    []string
		want    string
	}{
		"unknown variable":             {environ: []string{"HOMING_MAX_BDY=" + secret}, want: "HOMING_MAX_BDY; did you mean HOMING_MAX_BODY?"},
		"flag that is no setting":      {environ: []string{"HOMING_PLAIN=x"}, want: "no setting HOMING_PLAIN"},
		"wrong variable":               {environ: []string{"HOMING_MAX_BODY=lots"}, want: `HOMING_MAX_BODY is "lots": must be a number of bytes`},
		"wrong number":                 {environ: []string{"HOMING_MAX_IN_FLIGHT=x"}, want: `HOMING_MAX_IN_FLIGHT is "x": must be a whole number`},
		"wrong flag":                   {args: []string{"--drain", "0"}, want: `--drain is "0": must be a time`},
		"a secret on the command line": {args: []string{"--tokens", secret}, want: "--tokens: entry 1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := serve(t, tc.environ, tc.args...)
			if exit.Code(err) != exit.Misused || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), secret) {
				t.Errorf("got %v, want a usage error with %q", err, tc.want)
			}
		})
	}
	for variable, want := range map[string]string{
		"HOMING_TIMEOUT=-1s": "HOMING_TIMEOUT: must be a time", "HOMING_CONCURRENCY=x": "HOMING_CONCURRENCY: ", "HOMING_LISTN=x": "did you mean HOMING_LISTEN?",
	} {
		if _, err := fill(t, []string{variable}); exit.Code(err) != exit.Misused || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want a usage error with %q", variable, err, want)
		}
	}
}

func TestMarkRefusesAFlagThatIsNotThereOrNoSetting(t *testing.T) {
	t.Parallel()
	cmd := &cobra.Command{Use: "x"}
	cmd.Flags().String("plain", "", "")
	for _, name := range []string{"url", "plain"} {
		if err := flags.Mark((&cobra.Command{Use: "x"}).Flags(), name); err == nil {
			t.Errorf("%s was marked", name)
		}
	}
}
