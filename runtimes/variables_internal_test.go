package runtimes

import (
	"io"
	"strings"
	"testing"

	"github.com/homing-dev/homing/functions"
)

// What a step needs and the process lacks is named before anything is served.
func TestAnAppThatLacksWhatItsStepsNeedDoesNotStart(t *testing.T) {
	t.Parallel()
	const (
		signed = "chains: [{name: a, route: POST /a, steps: [{name: b, url: 'http://h/', auth: {sigv4: lambda}}]}]"
		needy  = "chains: [{name: a, route: POST /a, secrets: [KEY], steps: [greet, {name: b, url: '${B_URL}'}]}]"
		local  = "chains: [{name: a, route: POST /a, steps: [{name: b, run: python app.py}]}]"
	)
	fns := plainApp().fns
	for name, tc := range map[string]struct {
		chains  string
		environ []string
		want    []string
	}{
		"signer":    {signed, nil, []string{"sigv4.Steps()", "step b of chain a"}},
		"variables": {needy, nil, []string{"the secret KEY is not set", "${B_URL} is not set", "chain.yaml:1:"}},
		"url":       {local, nil, []string{"HOMING_STEP_URLS=a.b=URL"}},
		"odd urls":  {local, []string{"HOMING_STEP_URLS=b=http://secret/"}, []string{"entry 1 is not CHAIN.STEP=URL"}},
		"stray url": {local, []string{"HOMING_STEP_URLS=a.b=http://h,a.c=http://h"}, []string{`"a.c", which is no remote step`, `did you mean \"a.b\"`}},
		"no url":    {local, []string{"HOMING_STEP_URLS=a.b=h"}, []string{"HOMING_STEP_URLS has"}},
		"unlinked in a vertex": {
			signed, []string{"HOMING_ROLE=vertex", "HOMING_CARRIER=http"}, []string{"sigv4.Steps()"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			log := &output{}
			code := app{[]byte(tc.chains), fns, nil}.main(t.Context(), nil, tc.environ, io.Discard, log)
			for _, want := range tc.want {
				if code == 0 || !strings.Contains(log.String(), want) && !strings.Contains(log.String(), strings.ReplaceAll(want, `"`, `\"`)) ||
					strings.Contains(log.String(), "serving") || strings.Contains(log.String(), "//secret") {
					t.Errorf("it ended with %d, want %q: %s", code, want, log)
				}
			}
		})
	}
}

func TestAnAppWithWhatItsStepsNeedStarts(t *testing.T) {
	t.Parallel()
	const chains = "chains: [{name: a, route: POST /a, env: {B_URL: 'http://h'}, secrets: [KEY], steps: [{name: b, url: '${B_URL}/?k=${KEY}'}]}]"
	a := app{[]byte(chains), functions.Map{}, nil}
	running(t, a, "HOMING_LISTEN=127.0.0.1:0", "KEY=x")
	running(t, a, "HOMING_LISTEN=127.0.0.1:0", "HOMING_ROLE=adapter", "HOMING_VERTEX_URL=http://127.0.0.1:1") // it runs no step
}
