package e2e_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/homing-dev/homing/tests/internal/wait"
)

const plainSecret = "k3y&of=nobody"

// plainChains has a chain for each framework, one with a short time for steps that are
// slow, and those of which the answer is another than plain data.
const plainChains = `
chains:
  - {name: flask, route: POST /flask, env: {KEY_HEADER: none}, secrets: [STEP_KEY], steps: [
      {name: step, url: "${FLASK_URL}?key=${STEP_KEY}", answers: json, timeout: 20s, headers: {X-Key: "${STEP_KEY}"}}]}
  - {name: express, route: POST /express, secrets: [STEP_KEY], steps: [
      {name: step, url: "${EXPRESS_URL}?key=${STEP_KEY}", answers: json, timeout: 20s, headers: {X-Key: "${STEP_KEY}"}}]}
  - {name: pyhttp, route: POST /pyhttp, steps: [{name: step, url: "${PYHTTP_URL}", answers: json, timeout: 20s}]}
  - {name: nodehttp, route: POST /nodehttp, steps: [{name: step, url: "${NODEHTTP_URL}", answers: json, timeout: 20s}]}
  - {name: slow-flask, route: POST /slow-flask, steps: [{name: step, url: "${FLASK_URL}", answers: json, timeout: 1s}]}
  - {name: slow-express, route: POST /slow-express, steps: [{name: step, url: "${EXPRESS_URL}", answers: json, timeout: 1s}]}
  - {name: slow-pyhttp, route: POST /slow-pyhttp, steps: [{name: step, url: "${PYHTTP_URL}", answers: json, timeout: 1s}]}
  - {name: slow-nodehttp, route: POST /slow-nodehttp, steps: [{name: step, url: "${NODEHTTP_URL}", answers: json, timeout: 1s}]}
  - {name: pyevent, route: POST /pyevent, steps: [{name: step, url: "${PYEVENT_URL}", answers: json, timeout: 20s}]}
  - {name: nodeevent, route: POST /nodeevent, steps: [{name: step, url: "${NODEEVENT_URL}", answers: json, timeout: 20s}]}
  - {name: asevent, route: POST /asevent, steps: [{name: step, url: "${FLASK_URL}"}]}
`

// plainCall is a call and what is answered: a status, and a text that the body has.
type plainCall struct {
	chain, do string
	status    int
	body      string
	kind      string // of the content; "" is that of a problem, or of JSON
}

func plainCalls() []plainCall {
	const json, problem = "application/json", "application/problem+json"
	var all []plainCall
	for _, chain := range []string{"flask", "express", "pyhttp", "nodehttp"} {
		by := map[string]string{"flask": "flask", "express": "express"}[chain]
		if by == "" {
			by = "functions-framework"
		}
		all = append(all,
			plainCall{chain, "echo", 200, `"n":2`, json},
			plainCall{chain, "text", 200, "fine\n", "text/plain"},
			plainCall{chain, "bytes", 200, "\x89PNG\x00\xff", "image/png"},
			plainCall{chain, "created", 200, `{"by":"` + by + `"}`, json},
			plainCall{chain, "gzip", 200, by, json},
			plainCall{chain, "empty", 204, "", ""},
			plainCall{chain, "none", 204, "", ""},
			plainCall{chain, "broken", 502, `"title":"Bad response from step"`, problem},
			plainCall{chain, "typeless", 502, `"title":"Bad response from step"`, problem},
			plainCall{chain, "raise", 502, `"title":"Bad response from step"`, problem},
			plainCall{chain, "redirect", 502, `"title":"Bad response from step"`, problem},
			plainCall{chain, "abort", 400, `"detail":"the step answered 400 Bad Request"`, problem},
			plainCall{chain, "refuse", 422, `"title":"Out of stock"`, problem},
			plainCall{"slow-" + chain, "slow", 504, `"title":"Step timed out"`, problem},
		)
	}
	return append(all,
		plainCall{"pyevent", "echo", 200, "OK", "text/html"}, // the framework has no way to reply
		plainCall{"nodeevent", "echo", 200, `{"type":"homing.nodeevent","data":{"do":"echo","n":1}}`, json},
		plainCall{"asevent", "echo", 502, `"title":"Bad response from step"`, problem},
	)
}

// TestPlainStepsOfWebFrameworks runs steps in Flask, Express and functions-framework
// in every shape: the answers are those that are expected, and equal to the byte.
func TestPlainStepsOfWebFrameworks(t *testing.T) {
	t.Parallel()
	urls := plainServers(t)
	file := newStepServer(t).chainFile(t, plainChains)
	env := []string{"STEP_KEY=" + plainSecret}
	for name, server := range map[string]string{
		"FLASK": "python flask", "PYHTTP": "python plain", "PYEVENT": "python event",
		"EXPRESS": "node express", "NODEHTTP": "node plain", "NODEEVENT": "node event",
	} {
		env = append(env, name+"_URL="+urls[server])
	}
	chains := map[string][]string{}
	for _, c := range plainCalls() {
		chains[c.chain] = []string{"step"}
	}
	deployments := map[shape]*deployment{}
	for _, s := range []shape{inline, vertexHTTP, splitBroker} {
		deployments[s] = deploy(t, plan{shape: s, file: file, chains: chains, env: env, broker: patient()})
	}
	for _, c := range plainCalls() {
		t.Run(c.chain+" "+c.do, func(t *testing.T) {
			t.Parallel()
			first := ""
			for _, s := range []shape{inline, vertexHTTP, splitBroker} {
				got := plainAnswer(t, deployments[s], c)
				if first == "" {
					first = got
				} else if got != first {
					t.Errorf("in the shape %q it is\n%s\nbut inline\n%s", s, got, first)
				}
			}
		})
	}
	t.Cleanup(func() {
		deployments[inline].adapter.stop() // by then all is read that it has written
		notes := deployments[inline].adapter.log
		for _, want := range []string{"`answers: json`", "${STEP_KEY}", "500 INTERNAL SERVER ERROR"} {
			if !notes.contains(want) {
				t.Errorf("the log lacks %s", want)
			}
		}
		for _, secret := range []string{plainSecret, "k3y%26of"} {
			if notes.contains(secret) {
				t.Errorf("the log has the secret %s", secret)
			}
		}
	})
}

// plainAnswer calls, and returns the answer without what belongs to one call.
func plainAnswer(t *testing.T, d *deployment, c plainCall) string {
	t.Helper()
	a := call(t, http.MethodPost, d.url+"/"+c.chain, `{"do":"`+c.do+`","n":1}`, "Content-Type", "application/json")
	kind := a.header.Get("Content-Type")
	if a.status != c.status || !strings.Contains(a.body, c.body) || !strings.HasPrefix(kind, c.kind) {
		t.Errorf("got %d %s %q, want %d %s with %q", a.status, kind, a.body, c.status, c.kind, c.body)
	}
	if strings.Contains(a.body, "a secret of the step") {
		t.Errorf("the caller sees %s", a.body)
	}
	if c.do == "echo" && (c.chain == "flask" || c.chain == "express") &&
		(!strings.Contains(a.body, `"key":"`+plainSecret+`"`) || !strings.Contains(a.body, `"id":true`)) {
		t.Errorf("the step got other headers: %s", a.body)
	}
	id := a.header.Get("X-Request-ID")
	return fmt.Sprint(a.status, " ", kind, " ", strings.ReplaceAll(a.body, id, "ID"))
}

// A variable that is not set is named before anything starts.
func TestWhatIsNotSetIsNamedBeforeAnythingStarts(t *testing.T) {
	t.Parallel()
	file := newStepServer(t).chainFile(t, plainChains)
	p := spawn(t, freePort(t), file, "FLASK_URL=http://127.0.0.1:1/")
	wait.Receive(t, "the end of the process", p.ended) // by then all is read that it has written
	for _, want := range []string{
		`chains\[\d+\]\.steps\[0\]\.url: \$\{NODEEVENT_URL\} is not set`,
		`chain\.yaml:3:\d+: chains\[0\]\.secrets\[0\]: the secret STEP_KEY is not set`,
		`chain\.yaml:6:\d+: chains\[1\]\.steps\[0\]\.url: \$\{EXPRESS_URL\} is not set; set that variable`,
	} {
		if !regexp.MustCompile(want).MatchString(p.log.tail()) {
			t.Errorf("the log lacks %s:\n%s", want, p.log.tail())
		}
	}
}
