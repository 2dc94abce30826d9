package settings_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/cmd/homing/internal/settings"
)

// values are the flags of the command that the tests load.
type values struct {
	listen, tokens, plain string
	maxBody               settings.Size
	wait                  settings.Span
	calls                 int
	loud                  bool
}

// load runs "root serve" with args, and beside it a command with the setting
// "url".
func load(t *testing.T, environ []string, args ...string) (values, error) {
	t.Helper()
	v := values{maxBody: 1 << 20, wait: settings.Span(time.Second)}
	root := &cobra.Command{Use: "root", SilenceErrors: true, SilenceUsage: true}
	serve := &cobra.Command{Use: "serve"}
	f := serve.Flags()
	f.StringVar(&v.listen, "listen", "default", "")
	f.StringVar(&v.tokens, "tokens", "", "")
	f.StringVar(&v.plain, "plain", "", "")
	f.Var(&v.maxBody, "max-body", "")
	f.Var(&v.wait, "wait", "")
	f.IntVar(&v.calls, "calls", 5, "")
	f.BoolVar(&v.loud, "loud", false, "")
	mark(t, serve, "listen", "tokens", "max-body", "wait", "calls", "loud")
	other := &cobra.Command{Use: "other", Run: func(*cobra.Command, []string) {}}
	other.Flags().String("url", "", "")
	mark(t, other, "url")
	other.Annotations = map[string]string{settings.Environment: "HOMING_ROLE HOMING_STEPS"}
	root.AddCommand(serve, other)
	serve.RunE = func(cmd *cobra.Command, _ []string) error { return settings.Load(cmd, environ) }
	root.SetArgs(append([]string{"serve"}, args...))
	err := root.ExecuteContext(t.Context())
	return v, err
}

func mark(t *testing.T, cmd *cobra.Command, names ...string) {
	t.Helper()
	if err := settings.Mark(cmd.Flags(), names...); err != nil {
		t.Fatal(err)
	}
}

func TestFlagBeatsEnvironmentBeatsFileBeatsDefault(t *testing.T) {
	t.Parallel()
	file := write(t, "homing.yaml", "listen: file\nmax-body: 3MiB\nwait: 3s\n")
	for name, tc := range map[string]struct {
		environ []string
		args    []string
		want    values
	}{
		"nothing is set": {
			want: values{listen: "default", maxBody: 1 << 20, wait: settings.Span(time.Second), calls: 5},
		},
		"file": {
			args: []string{"--config", file},
			want: values{listen: "file", maxBody: 3 << 20, wait: settings.Span(3 * time.Second), calls: 5},
		},
		"file that the environment names": {
			environ: []string{"HOMING_CONFIG=" + file},
			want:    values{listen: "file", maxBody: 3 << 20, wait: settings.Span(3 * time.Second), calls: 5},
		},
		"environment over file": {
			environ: []string{"HOMING_LISTEN=env", "HOMING_MAX_BODY=2MiB", "HOMING_CALLS=6", "HOMING_LOUD=true"},
			args:    []string{"--config", file},
			want:    values{listen: "env", maxBody: 2 << 20, wait: settings.Span(3 * time.Second), calls: 6, loud: true},
		},
		"flag over environment over file": {
			environ: []string{"HOMING_LISTEN=env", "HOMING_MAX_BODY=2MiB"},
			args:    []string{"--config", file, "--listen", "flag", "--wait=4s", "--loud"},
			want:    values{listen: "flag", maxBody: 2 << 20, wait: settings.Span(4 * time.Second), calls: 5, loud: true},
		},
		"flag that repeats its default over environment": {
			environ: []string{"HOMING_LISTEN=env"},
			args:    []string{"--listen", "default", "--calls=5"},
			want:    values{listen: "default", maxBody: 1 << 20, wait: settings.Span(time.Second), calls: 5},
		},
		"--config over HOMING_CONFIG": {
			environ: []string{"HOMING_CONFIG=/missing.yaml"},
			args:    []string{"--config", file},
			want:    values{listen: "file", maxBody: 3 << 20, wait: settings.Span(3 * time.Second), calls: 5},
		},
		"an empty variable is none": {
			environ: []string{"HOMING_LISTEN=", "HOMING_CONFIG="},
			want:    values{listen: "default", maxBody: 1 << 20, wait: settings.Span(time.Second), calls: 5},
		},
		"a variable of another command": {
			environ: []string{"HOMING_URL=http://x", "HOMING_STEPS=x", "HOME=/root", "NOT_HOMING_X=1", "broken"},
			want:    values{listen: "default", maxBody: 1 << 20, wait: settings.Span(time.Second), calls: 5},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := load(t, tc.environ, tc.args...); err != nil || got != tc.want {
				t.Errorf("got %+v, %v; want %+v", got, err, tc.want)
			}
		})
	}
}

func TestValuesOfTheFileMayHaveAnyPlainType(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]values{
		"calls: 7\nloud: true\nmax-body: 65536\n": {calls: 7, loud: true, maxBody: 65536},
		"tokens: a=1,b=2\n":                       {tokens: "a=1,b=2"},
		"tokens: [a=1, b=2]\n":                    {tokens: "a=1,b=2"},
		"tokens: {b.c: 2x, a: 1x}\n":              {tokens: "a=1x,b.c=2x"},
		"# nothing\n":                             {},
	} {
		got, err := load(t, nil, "--config", write(t, "homing.yaml", text))
		if want.calls == 0 {
			want.calls = 5
		}
		if want.maxBody == 0 {
			want.maxBody = 1 << 20
		}
		want.listen, want.wait = "default", settings.Span(time.Second)
		if err != nil || got != want {
			t.Errorf("%q: got %+v, %v; want %+v", text, got, err, want)
		}
	}
}

func TestWrongSettingsAreUsageErrorsThatNameTheirPlace(t *testing.T) {
	t.Parallel()
	const secret = "hunter2hunter2"
	for name, tc := range map[string]struct {
		environ []string
		file    string
		want    string
	}{
		"unknown variable":        {environ: []string{"HOMING_MAX_BDY=" + secret}, want: `HOMING_MAX_BDY; did you mean "HOMING_MAX_BODY"?`},
		"unknown variable, empty": {environ: []string{"HOMING_TOKNS="}, want: `HOMING_TOKNS; did you mean "HOMING_TOKENS"?`},
		"flag that is no setting": {environ: []string{"HOMING_PLAIN=x"}, want: "no command knows HOMING_PLAIN"},
		"wrong variable":          {environ: []string{"HOMING_MAX_BODY=lots"}, want: "HOMING_MAX_BODY: must be a number of bytes"},
		"wrong number":            {environ: []string{"HOMING_CALLS=x"}, want: "HOMING_CALLS: "},
		"unknown key":             {file: "max-bdy: 1\n", want: `"max-bdy"; did you mean "max-body"?`},
		"unknown nested key":      {file: "serve: {listen: x}\n", want: `"serve"`},
		"config in the file":      {file: "config: other.yaml\n", want: `"config"`},
		"wrong value":             {file: "wait: -1s\n", want: "homing.yaml: must be a time"},
		"no value":                {file: "listen:\n", want: `"listen" has no value`},
		"a null in a list":        {file: "tokens: [~]\n", want: "tokens in "},
		"no YAML":                 {file: "listen: x\ntokens: '" + secret + "\n", want: "homing.yaml:"},
		"no mapping":              {file: secret + "\n", want: "not a YAML mapping"},
		"an alias":                {file: "tokens: *" + secret + "\n", want: "not a YAML mapping"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var args []string
			if tc.file != "" {
				args = []string{"--config", write(t, "homing.yaml", tc.file)}
			}
			_, err := load(t, tc.environ, args...)
			if exit.Code(err) != exit.Misused || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("got %v, want a usage error with %q", err, tc.want)
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the error shows a secret: %v", err)
			}
		})
	}
}

func TestMissingFileIsAUsageError(t *testing.T) {
	t.Parallel()
	_, err := load(t, nil, "--config", "/missing/homing.yaml")
	var own *exit.Error
	if !errors.As(err, &own) || own.Code != exit.Misused || !strings.Contains(own.Next, "--config") {
		t.Errorf("got %v", err)
	}
}

func TestNamesAreThoseOfAllCommands(t *testing.T) {
	t.Parallel()
	root := &cobra.Command{Use: "root"}
	for _, names := range [][]string{{"b", "a"}, {"c", "a"}} {
		cmd := &cobra.Command{Use: "x"}
		for _, name := range append(names, "unmarked") {
			cmd.Flags().String(name, "", "")
		}
		mark(t, cmd, names...)
		root.AddCommand(cmd)
	}
	if got := settings.Names(root); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("got %v", got)
	}
}

func TestMarkRefusesAFlagThatIsNotThere(t *testing.T) {
	t.Parallel()
	cmd := &cobra.Command{Use: "x"}
	if err := settings.Mark(cmd.Flags(), "missing"); err == nil {
		t.Error("a flag was marked that is not there")
	}
}

func TestVariable(t *testing.T) {
	t.Parallel()
	if got := settings.Variable("max-in-flight"); got != "HOMING_MAX_IN_FLIGHT" {
		t.Errorf("got %s", got)
	}
}
