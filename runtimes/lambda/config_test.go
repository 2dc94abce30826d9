package lambda_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/homing-dev/homing/internal/httpevent"
	"github.com/homing-dev/homing/runtimes/lambda"
)

func TestWhatIsNotSetHasItsDefault(t *testing.T) {
	t.Parallel()
	c, err := lambda.FromEnv(env{}.with().environ())
	if err != nil {
		t.Fatal(err)
	}
	if c.Role != "all" || c.MaxWait != 28*time.Second || c.Retention != time.Hour || c.Arrivals || c.Stream != nil || c.Tokens != nil || c.Self != "self" {
		t.Errorf("%+v", c)
	}
}

func TestAnEnvironmentIsRead(t *testing.T) {
	t.Parallel()
	c, err := lambda.FromEnv(env{}.with(
		"HOMING_ROLE", "adapter", "HOMING_VERTICES", "letters.*=v", "HOMING_TOKENS", "shop=0123456789abcdef",
		"HOMING_MAX_WAIT", "20s", "HOMING_KEEP", "2h", "HOMING_STREAM", "url, rest", "HOMING_ARRIVALS", "true", "HOMING_STEPS", "not read",
	).environ())
	if err != nil {
		t.Fatal(err)
	}
	if c.Vertices != "letters.*=v" || c.Tokens[0].Tenant != "shop" || c.MaxWait != 20*time.Second || c.Retention != 2*time.Hour || !c.Arrivals ||
		!slices.Equal(c.Stream, []httpevent.Source{httpevent.URL, httpevent.REST}) || !slices.Equal(c.Ignored, []string{"HOMING_STEPS"}) || c.Table != "replies" {
		t.Errorf("%+v", c)
	}
	c, err = lambda.FromEnv(env{}.with("HOMING_ROLE", "vertex", "HOMING_STEPS", "letters.a, letters.b").environ())
	if err != nil || !slices.Equal(c.Steps, []string{"letters.a", "letters.b"}) {
		t.Errorf("%+v %v", c, err)
	}
	c, err = lambda.FromEnv(env{}.with("HOMING_ROLE", "failure", "HOMING_DEAD_LETTERS", "https://q").environ())
	if err != nil || c.DeadLetters != "https://q" {
		t.Errorf("%+v %v", c, err)
	}
}

func TestAnErrorNamesTheVariableAndNoSecret(t *testing.T) {
	t.Parallel()
	for name, pairs := range map[string][]string{
		"HOMING_ROLE":              {"HOMING_ROLE", "cook"},
		"HOMING_TABLE":             {"HOMING_TABLE", ""},
		"HOMING_MAX_WAIT":          {"HOMING_MAX_WAIT", "28"},
		"HOMING_KEEP":              {"HOMING_KEEP", "-1h"},
		"HOMING_ARRIVALS":          {"HOMING_ARRIVALS", "maybe"},
		"HOMING_STREAM":            {"HOMING_STREAM", "url,alb"},
		"HOMING_TOKENS":            {"HOMING_TOKENS", "shop=hunter2"},
		"HOMING_TOKENS: entry":     {"HOMING_TOKENS", "hunter2hunter2hunter2"},
		"HOMING_TOKENS: there":     {"HOMING_TOKENS", ","},
		"HOMING_VERTICES":          {"HOMING_ROLE", "adapter"},
		"HOMING_VERTICES: entry 1": {"HOMING_ROLE", "adapter", "HOMING_VERTICES", "x"},
		"HOMING_DEAD_LETTERS":      {"HOMING_ROLE", "failure"},
		"AWS_LAMBDA_FUNCTION_NAME": {"AWS_LAMBDA_FUNCTION_NAME", ""},
	} {
		_, err := lambda.FromEnv(env{}.with(pairs...).environ())
		if err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEveryFaultIsReportedAtOnce(t *testing.T) {
	t.Parallel()
	_, err := lambda.FromEnv(env{"HOMING_KEEP": "x", "HOMING_MAX_WAIT": "y"}.environ())
	for _, name := range []string{"HOMING_KEEP", "HOMING_MAX_WAIT", "HOMING_TABLE", "AWS_LAMBDA_FUNCTION_NAME"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not in %v", name, err)
		}
	}
}
