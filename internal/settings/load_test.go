package settings_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/internal/httpevent"
	"github.com/homing-dev/homing/internal/settings"
)

const secret = "hunter2hunter2hunter2"

// minimal is what a process of the runtime needs at least.
func minimal(r settings.Runtime) []string {
	if r == settings.Lambda {
		return []string{"HOMING_TABLE=replies", "AWS_LAMBDA_FUNCTION_NAME=self"}
	}
	return nil
}

func runtimes() []settings.Runtime {
	return []settings.Runtime{settings.Local, settings.Container, settings.Func, settings.Lambda}
}

func load(r settings.Runtime, environ ...string) (settings.Config, error) {
	return settings.Load(settings.Input{Runtime: r, Environ: append(minimal(r), environ...)})
}

func TestASettingHasTheSameMeaningAndDefaultInEveryRuntime(t *testing.T) {
	t.Parallel()
	for _, r := range runtimes() {
		c, err := load(r)
		if err != nil || c.MaxBody != adapter.DefaultMaxBody || c.MaxInFlight != adapter.DefaultMaxInFlight || c.Retention != time.Hour ||
			c.LogLevel != "info" || c.Role != settings.RoleAll || c.Tokens != nil || len(c.Ignored) != 0 {
			t.Errorf("%s without settings: %+v, %v", r, c, err)
		}
		c, err = load(r, "HOMING_MAX_BODY=2MiB", "HOMING_MAX_IN_FLIGHT=3", "HOMING_KEEP=2h", "HOMING_LOG_LEVEL=debug", "HOMING_LOG_FORMAT=text",
			"HOMING_MAX_WAIT=20s", "HOMING_CHAIN=c.yaml", "HOMING_TOKENS=shop="+secret)
		if err != nil || c.MaxBody != 2<<20 || c.MaxInFlight != 3 || c.Retention != 2*time.Hour || c.LogLevel != "debug" || c.LogFormat != "text" ||
			c.MaxWait != 20*time.Second || c.Chain != "c.yaml" || len(c.Tokens) != 1 || len(c.Ignored) != 0 {
			t.Errorf("%s with settings: %+v, %v", r, c, err)
		}
	}
}

func TestAnUnknownVariableIsAnErrorInEveryRuntimeWithTheNearestName(t *testing.T) {
	t.Parallel()
	for _, r := range runtimes() {
		for variable, want := range map[string]string{
			"HOMING_TOKENZ":   "HOMING_TOKENZ; did you mean HOMING_TOKENS?",
			"HOMING_MAX_BDY":  "did you mean HOMING_MAX_BODY?",
			"HOMING_MAXBODY":  "did you mean HOMING_MAX_BODY?",
			"HOMING_Max_Body": "did you mean HOMING_MAX_BODY?",
			"HOMING_ELEPHANT": "there is no setting HOMING_ELEPHANT",
			"HOMING_":         "there is no setting HOMING_",
		} {
			for _, value := range []string{"", "shop=" + secret} {
				_, err := load(r, variable+"="+value)
				if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), secret) {
					t.Errorf("%s with %s: got %v, want %q", r, variable, err, want)
				}
			}
		}
	}
}

func TestWhatOnlyOtherCommandsReadIsUnknownBesideAServerThatIsDeployed(t *testing.T) {
	t.Parallel()
	for _, r := range runtimes() {
		_, err := load(r, "HOMING_TOKEN="+secret)
		if r == settings.Local {
			if err != nil {
				t.Errorf("`homing serve` and `homing invoke` share a shell: %v", err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), "HOMING_TOKEN is read by `homing invoke` and by no server; did you mean HOMING_TOKENS?") {
			t.Errorf("%s: got %v", r, err)
		}
	}
}

func TestVariablesOfKubernetesServicesAreNoSettings(t *testing.T) {
	t.Parallel()
	links := []string{
		"HOMING_SERVICE_HOST=10.0.0.1", "HOMING_SERVICE_PORT=80", "HOMING_SERVICE_PORT_HTTP=80", "HOMING_PORT=tcp://10.0.0.1:80",
		"HOMING_PORT_80_TCP=tcp://10.0.0.1:80", "HOMING_PORT_80_TCP_ADDR=10.0.0.1", "HOMING_QUOTE_A_SERVICE_HOST=10.0.0.2", "HOMING_QUOTE_A_PORT=tcp://10.0.0.2:80",
	}
	for _, r := range runtimes() {
		if _, err := load(r, links...); err != nil {
			t.Errorf("%s: %v", r, err)
		}
	}
	for _, variable := range []string{"HOMING_PORT", "HOMING_QUOTE_PORT", "HOMING_PORTS"} {
		if _, err := load(settings.Container, variable+"=9000", "HOMING_QUOTE_A_SERVICE_HOST=x"); err == nil || !strings.Contains(err.Error(), variable) {
			t.Errorf("%s: got %v", variable, err)
		}
	}
}

func TestASettingWithoutEffectIsNamed(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		runtime settings.Runtime
		environ []string
		want    []string
	}{
		"a role on this machine": {settings.Local, []string{"HOMING_ROLE=vertex", "HOMING_STEPS=a.*"}, []string{"HOMING_ROLE", "HOMING_STEPS"}},
		"tokens of a vertex":     {settings.Container, []string{"HOMING_ROLE=vertex", "HOMING_TOKENS=a=" + secret}, []string{"HOMING_TOKENS"}},
		"steps of an adapter": {
			settings.Lambda, []string{"HOMING_ROLE=adapter", "HOMING_VERTICES=*=v", "HOMING_STEPS=a.b"}, []string{"HOMING_STEPS"},
		},
		"a carrier of all": {settings.Container, []string{"HOMING_CARRIER=broker"}, []string{"HOMING_CARRIER"}},
		"a server's times": {settings.Func, []string{"HOMING_IDLE_TIMEOUT=1s", "HOMING_LISTEN=:1"}, []string{"HOMING_LISTEN", "HOMING_IDLE_TIMEOUT"}},
		"a drain":          {settings.Lambda, []string{"HOMING_DRAIN=1s", "HOMING_LISTEN=:1"}, []string{"HOMING_LISTEN", "HOMING_DRAIN"}},
		"a table of a vertex": {
			settings.Container, []string{"HOMING_ROLE=vertex", "HOMING_TABLE=t", "HOMING_POLL=cost"}, []string{"HOMING_TABLE", "HOMING_POLL"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := load(tc.runtime, tc.environ...)
			if err != nil || !slices.Equal(c.Ignored, tc.want) {
				t.Errorf("got %q, %v; want %q", c.Ignored, err, tc.want)
			}
		})
	}
}

func TestEveryErrorIsReportedAtOnceWithTheValueAndWhatIsAllowed(t *testing.T) {
	t.Parallel()
	for _, r := range runtimes() {
		_, err := load(r, "HOMING_MAX_BODY=10M", "HOMING_KEEP=60", "HOMING_MAX_WAIT=0s", "HOMING_MAX_IN_FLIGHT=0", "HOMING_LOG_LEVEL=wran",
			"HOMING_LOG_FORMAT=xml", "HOMING_TOKENS="+secret, "HOMING_TOKENS_FILE=/missing", "HOMING_NOBODY=1", "HOMING_STORE_BYTES=-1", "HOMING_DRAIN=-1s")
		if err == nil {
			t.Fatal("it was taken")
		}
		for _, want := range []string{
			`HOMING_MAX_BODY is "10M": must be a number of bytes`, "did you mean 10MiB?", `HOMING_KEEP is "60": must be a time`, "did you mean 60s?",
			`HOMING_MAX_WAIT is "0s"`, `HOMING_MAX_IN_FLIGHT is "0": must be a whole number of at least 1`,
			`HOMING_LOG_LEVEL is "wran": must be one of debug, info, warn, error; did you mean "warn"?`, `HOMING_LOG_FORMAT is "xml"`,
			"HOMING_TOKENS: entry 1 is not tenant=secret", "HOMING_TOKENS_FILE: open /missing", "HOMING_NOBODY", `HOMING_STORE_BYTES is "-1"`, `HOMING_DRAIN is "-1s"`,
		} {
			if strings.Count(err.Error(), want) != 1 {
				t.Errorf("%s: %q is not there once in %v", r, want, err)
			}
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: a secret is shown: %v", r, err)
		}
	}
}

func TestSecretsAndPasswordsInURLsAreNeverShown(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"VERTEX_URL", "BROKER_URL", "REPLY_URL", "STORE_URL", "REPLY_KEYS", "TOKENS", "STORE_SECRET", "STORE"} {
		_, err := load(settings.Container, "HOMING_ROLE=adapter", "HOMING_"+name+"=kafka://user:hunter2@b")
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheFileCountsInEveryRuntime(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"max-body: 65536\n": 65536, "max-body: 3MiB\nkeep: 2h\n": 3 << 20, "# nothing\n": adapter.DefaultMaxBody, "max-body: ''\n": adapter.DefaultMaxBody,
	} {
		for _, r := range runtimes() {
			if c, err := load(r, "HOMING_CONFIG="+write(t, "homing.yaml", text)); err != nil || c.MaxBody != want {
				t.Errorf("%s: %q: got %d, %v", r, text, c.MaxBody, err)
			}
		}
	}
	for text, n := range map[string]int{
		"tokens: a=" + secret + ",b=" + secret + "\n": 2, "tokens: [a=" + secret + ", b=" + secret + "]\n": 2,
		"tokens: {b.c: " + secret + ", a: " + secret + "}\n": 2,
	} {
		if c, err := load(settings.Local, "HOMING_CONFIG="+write(t, "homing.yaml", text)); err != nil || len(c.Tokens) != n {
			t.Errorf("%q: got %v, %v", text, c.Tokens, err)
		}
	}
}

func TestAnInvalidFileIsAnErrorThatNamesThePlace(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"max-bdy: 1\n":                          `"max-bdy"; did you mean "max-body"?`,
		"serve: {listen: x}\n":                  `"serve"`,
		"config: other.yaml\n":                  `"config"`,
		"keep: -1s\n":                           `is "-1s": must be a time`,
		"listen:\n":                             `"listen" has no value`,
		"tokens: [~]\n":                         "tokens in ",
		"listen: x\ntokens: '" + secret + "\n":  "homing.yaml:",
		secret + "\n":                           "not a YAML mapping",
		"tokens: *" + secret + "\n":             "not a YAML mapping",
		"max-bdy: 1\nkeep: x\nmax-in-flight: x": `max-in-flight in `,
	} {
		_, err := load(settings.Local, "HOMING_CONFIG="+write(t, "homing.yaml", text))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), secret) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
	if _, err := load(settings.Local, "HOMING_CONFIG=/missing/homing.yaml"); err == nil || !strings.Contains(err.Error(), "--config") {
		t.Errorf("got %v", err)
	}
}

func TestLambdaHasItsOwn(t *testing.T) {
	t.Parallel()
	c, err := load(settings.Lambda, "HOMING_STREAM=url, rest", "HOMING_POLL=latency", "HOMING_ARRIVALS=true")
	if err != nil || !slices.Equal(c.Stream, []httpevent.Source{httpevent.URL, httpevent.REST}) || c.Price == 0 || !c.Arrivals {
		t.Errorf("%+v, %v", c, err)
	}
	for variable, want := range map[string]string{
		"HOMING_STREAM=url,alb": `HOMING_STREAM is "url,alb": must be url, rest`, "HOMING_POLL=fast": `HOMING_POLL is "fast": must be latency`,
		"HOMING_ARRIVALS=maybe": `HOMING_ARRIVALS is "maybe": must be true or false`, "HOMING_ROLE=sink": `must be one of all, adapter, vertex, failure`,
	} {
		if _, err := load(settings.Lambda, variable); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", variable, err)
		}
	}
}

func TestFuncHoldsNoConnectionLongerThanItsServer(t *testing.T) {
	t.Parallel()
	if c, err := load(settings.Func, "HOMING_MAX_WAIT=1m"); err != nil || c.MaxWait != 28*time.Second {
		t.Errorf("got %s, %v", c.MaxWait, err)
	}
	if c, err := load(settings.Container, "HOMING_MAX_WAIT=10m"); err != nil || c.MaxWait != 10*time.Minute {
		t.Errorf("got %s, %v", c.MaxWait, err)
	}
}

func TestTheStoreThatIsGoneIsAnErrorThatSaysWhatTakesItsPlace(t *testing.T) {
	t.Parallel()
	const want = "set HOMING_STORE=redis://"
	for _, r := range runtimes() {
		for _, environ := range [][]string{
			{"HOMING_ROLE=store"},
			{"HOMING_STORE_URL=http://store"},
			{"HOMING_STORE_SECRET=" + secret},
			{"HOMING_STORE_SECRET="},
			{"HOMING_CONFIG=" + write(t, "homing.yaml", "store-url: http://store\n")},
			{"HOMING_CONFIG=" + write(t, "homing.yaml", "store-secret: "+secret)},
		} {
			if _, err := load(r, environ...); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), secret) {
				t.Errorf("%s, %q: got %v, want %q", r, environ, err, want)
			}
		}
	}
}

func TestAConsoleThatAnybodyCouldSeeIsRefused(t *testing.T) {
	t.Parallel()
	const tokens = "HOMING_TOKENS=ops=0123456789abcdef"
	for want, environ := range map[string][]string{
		"":                               {"HOMING_CONSOLE=true"},
		"shows every call to anybody":    {"HOMING_CONSOLE=true", "HOMING_LISTEN=0.0.0.0:8080"},
		"HOMING_ADMINS is missing":       {"HOMING_CONSOLE=true", tokens},
		"HOMING_ADMINS is missing: the":  {"HOMING_CONSOLE=true", "HOMING_TLS_CERT=c", "HOMING_TLS_KEY=k", "HOMING_TLS_CLIENT_CA=ca"},
		`HOMING_ADMINS names "somebody"`: {"HOMING_CONSOLE=true", tokens, "HOMING_ADMINS=somebody"},
	} {
		_, err := settings.Load(settings.Input{Runtime: settings.Local, Environ: environ})
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%v: got %v, want %q", environ, err, want)
		}
	}
	for _, environ := range [][]string{{"HOMING_CONSOLE=true", "HOMING_LISTEN=:8080", tokens, "HOMING_ADMINS=ops"}, {"HOMING_CONSOLE=true", tokens, "HOMING_ADMINS=*"}, {
		"HOMING_CONSOLE=true", "HOMING_TLS_CERT=c", "HOMING_TLS_KEY=k", "HOMING_TLS_CLIENT_CA=ca", "HOMING_ADMINS=ops",
	}} {
		if _, err := settings.Load(settings.Input{Runtime: settings.Local, Environ: environ}); err != nil {
			t.Errorf("%v: %v", environ, err)
		}
	}
}
