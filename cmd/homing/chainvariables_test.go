package main

import (
	"strings"
	"testing"
)

// needyFile has a step that needs two variables and a secret.
const needyFile = `chains:
  - name: shop
    route: PUT /shop
    env: {A_URL: "http://h"}
    secrets: [KEY]
    steps:
      - {name: a, url: "${A_URL}/${PATH_OF_A}?k=${KEY}", answers: json, headers: {X-A: "${TOKEN}"}}
      - quote.price
`

// Checking and drawing need no variable, and show names alone.
func TestVariablesOfStepsAreListed(t *testing.T) {
	t.Setenv("KEY", "s3cret")
	t.Setenv("TOKEN", "t0ken")
	path := write(t, "chain.yaml", needyFile)
	got := cli(t, "chain", "validate", path).ok(t).out
	if !strings.HasSuffix(got, "\n  to be set where the steps run: PATH_OF_A, TOKEN, KEY (secret)\n") {
		t.Errorf("got %s", got)
	}
	got = cli(t, "chain", "validate", path, "--json").ok(t).out
	for _, want := range []string{`"variables": [`, `"PATH_OF_A",`, `"secrets": [`, `"KEY"`} {
		if !strings.Contains(got, want) || strings.Contains(got, "A_URL") {
			t.Errorf("%s is not in %s", want, got)
		}
	}
	if got := cli(t, "chain", "graph", path).ok(t).out; strings.Contains(got, "s3cret") || strings.Contains(got, "t0ken") {
		t.Errorf("the graph has a value: %s", got)
	}
}

func TestServeNamesWhatIsNotSet(t *testing.T) {
	t.Parallel()
	path := write(t, "chain.yaml", needyFile)
	cli(t, "serve", "--chain", path, "--listen", "127.0.0.1:0").failed(t, 1,
		path+":5:15: chains[0].secrets[0]: the secret KEY is not set",
		path+":7:24: chains[0].steps[0].url: ${PATH_OF_A} is not set; set that variable in the environment",
		path+":7:88: chains[0].steps[0].headers.X-A: ${TOKEN} is not set")
}
