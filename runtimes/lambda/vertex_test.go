package lambda_test

import (
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes/lambda"
)

func TestAServiceThatDoesNotFitIsNotMade(t *testing.T) {
	t.Parallel()
	aws := lambda.Clients{Lambda: newCloud(), SQS: &queue{}}
	nameless := functions.Chain{Name: "x", Method: http.MethodGet, Path: "/x", Steps: []functions.Step{{Name: "s", URL: "ftp://x"}}}
	for name, tt := range map[string]struct {
		env     env
		clients lambda.Clients
		chain   functions.Chain
		want    string
	}{
		"step of no chain":      {env{"HOMING_ROLE": "vertex", "HOMING_STEPS": "letters.a,letters.zz"}, aws, letters(), "letters.zz"},
		"chain without steps":   {env{"HOMING_ROLE": "vertex"}, aws, functions.Chain{Name: "x", Method: "GET", Path: "/"}, "no steps"},
		"step nobody runs":      {env{"HOMING_ROLE": "adapter", "HOMING_VERTICES": "other.*=f"}, aws, letters(), "HOMING_VERTICES"},
		"step at no known URL":  {env{}, aws, nameless, "x"},
		"own name is no name":   {env{"AWS_LAMBDA_FUNCTION_NAME": "a b"}, aws, letters(), "AWS_LAMBDA_FUNCTION_NAME"},
		"no client for Lambda":  {env{}, lambda.Clients{}, letters(), "Lambda"},
		"no client for SQS":     {env{"HOMING_ROLE": "failure", "HOMING_DEAD_LETTERS": "q"}, lambda.Clients{}, letters(), "SQS"},
		"chain with a bad name": {env{}, aws, functions.Chain{}, "chain"},
	} {
		e := env{}.with()
		maps.Copy(e, tt.env)
		cfg, err := lambda.FromEnv(e.environ())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		s, err := lambda.New(cfg, []functions.Chain{tt.chain}, tt.clients, lambda.Options{Store: newStore(), Logger: slog.New(slog.DiscardHandler)})
		if err == nil || s != nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAServiceWithoutAStoreNeedsDynamoDB(t *testing.T) {
	t.Parallel()
	cfg, err := lambda.FromEnv(env{}.with().environ())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lambda.New(cfg, []functions.Chain{letters()}, lambda.Clients{Lambda: newCloud()}, lambda.Options{}); err == nil {
		t.Error("no error")
	}
}
