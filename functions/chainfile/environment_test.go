package chainfile_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/functions/chainfile"
)

const served = `chains:
  - name: shop
    route: POST /shop
    env: {HOST: "shop.example:8080"}
    secrets: [KEY, OTHER]
    steps:
      - name: clean
        url: http://${HOST}/a%2Fb?key=${KEY}
        headers: {Authorization: "Bearer ${TOKEN}", X-Fixed: 5 $$}
      - name: audit
        url: ${AUDIT_URL}
      - name: local
        run: python app.py
`

func serve(env map[string]string, runs func(chain, step string) bool, urls map[string]string) ([]functions.Chain, error) {
	return chainfile.Parse("chain.yaml", []byte(served), nil, chainfile.Serve(chainfile.Environment{
		Lookup: func(name string) (string, bool) { value, ok := env[name]; return value, ok }, Runs: runs, URLs: urls,
	}))
}

func TestVariablesOfWhatIsServedAreResolved(t *testing.T) {
	t.Parallel()
	chains, err := serve(
		map[string]string{"KEY": "k/y", "TOKEN": "t\u00f6k", "AUDIT_URL": "lambda:audit", "HOST": ""}, nil,
		map[string]string{"shop.local": "http://127.0.0.1:4321"},
	)
	if err != nil {
		t.Fatal(err)
	}
	steps := chains[0].Steps
	if got, want := steps[0].Remote.URL, "http://shop.example:8080/a%2Fb?key=k/y"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := steps[0].URL, "http://shop.example:8080/a%2Fb?key=${KEY}"; got != want {
		t.Errorf("it is shown as %s, want %s", got, want)
	}
	if got, want := fmt.Sprint(steps[0].Remote.Header), "map[Authorization:[Bearer tök] X-Fixed:[5 $]]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := steps[1].Remote.URL + " " + steps[2].Remote.URL; got != "lambda:audit http://127.0.0.1:4321" {
		t.Errorf("got %s", got)
	}
	for _, form := range []string{"%v", "%+v", "%#v", "%s"} {
		if text := fmt.Sprintf(form, steps[0]) + fmt.Sprintf(form, *steps[0].Remote); strings.Contains(text, "k/y") || strings.Contains(text, "tök") {
			t.Errorf("%s shows a secret: %s", form, text)
		}
	}
	if text, err := json.Marshal(steps[0].Remote); err != nil || strings.Contains(string(text), "k/y") || strings.Contains(string(text), "tök") {
		t.Errorf("JSON has a secret: %s, %v", text, err)
	}
	if got, want := steps[0].Remote.Redact(`Get "http://h/?key=k%2Fy": k/y`), `Get "http://h/?key=${KEY}": ${KEY}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestWhatIsNotSetIsNamedAtOnce(t *testing.T) {
	t.Parallel()
	_, err := serve(nil, nil, nil)
	want := strings.TrimSpace(`
chain.yaml:5:15: chains[0].secrets[0]: the secret KEY is not set; set that variable in the environment
chain.yaml:9:34: chains[0].steps[0].headers.Authorization: ${TOKEN} is not set; set that variable in the environment, or give it a default: env: {TOKEN: …}
chain.yaml:11:14: chains[0].steps[1].url: ${AUDIT_URL} is not set; set that variable in the environment, or give it a default: env: {AUDIT_URL: …}
` + "chain.yaml:12:9: chains[0].steps[2]: the step has no url: run is for `homing dev`, which starts it; give it a url, or set HOMING_STEP_URLS=shop.local=URL")
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestOnlyWhatAProcessRunsNeedsToBeSet(t *testing.T) {
	t.Parallel()
	chains, err := serve(nil, func(string, string) bool { return false }, nil)
	if err != nil || chains[0].Steps[0].Remote != nil || chains[0].Steps[1].URL != "${AUDIT_URL}" {
		t.Errorf("an adapter got %+v and %v", chains, err)
	}
	_, err = serve(map[string]string{"AUDIT_URL": "http://h"}, func(_, step string) bool { return step == "audit" }, nil)
	if err != nil {
		t.Errorf("a vertex got %v", err)
	}
}

func TestSecretIsNeededByAFunction(t *testing.T) {
	t.Parallel()
	file := withField("secrets: [KEY]")
	env := chainfile.Environment{Lookup: func(string) (string, bool) { return "", false }}
	_, err := chainfile.Parse("chain.yaml", []byte(file), known(), chainfile.Serve(env))
	if want := "chain.yaml:5:15: chains[0].secrets[0]: the secret KEY is not set; set that variable in the environment"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestWhatAVariableStandsForIsRefused(t *testing.T) {
	t.Parallel()
	urls := map[string]string{"shop.local": "http://h"}
	for name, test := range map[string]struct {
		set  map[string]string
		want string
	}{
		"no URL": {
			map[string]string{"AUDIT_URL": "somewhere"},
			`chain.yaml:11:14: chains[0].steps[1].url: "somewhere" is not an absolute http or https URL without user and fragment, nor lambda:NAME`,
		},
		"end of a line": {
			map[string]string{"TOKEN": "t0ken\n"},
			`chain.yaml:9:34: chains[0].steps[0].headers.Authorization: what "Bearer ${TOKEN}" stands for holds a control character, such as the end of a line`,
		},
		"secret that breaks the url": {
			map[string]string{"KEY": "k\ny"},
			`chain.yaml:8:14: chains[0].steps[0].url: "http://shop.example:8080/a%2Fb?key=${KEY}" is not an absolute http or https URL without user and fragment, nor lambda:NAME`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			set := map[string]string{"KEY": "key", "TOKEN": "token", "AUDIT_URL": "http://audit"}
			maps.Copy(set, test.set)
			got := ""
			if _, err := serve(set, nil, urls); err != nil {
				got = err.Error()
			}
			if got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestURLOfAStepIsReplaced(t *testing.T) {
	t.Parallel()
	set := map[string]string{"KEY": "k", "TOKEN": "t", "AUDIT_URL": "http://h"}
	for other, want := range map[string]string{
		"http://127.0.0.1:1":       "http://127.0.0.1:1/a%2Fb?key=k",
		"http://127.0.0.1:1/":      "http://127.0.0.1:1/a%2Fb?key=k",
		"http://127.0.0.1:1/other": "http://127.0.0.1:1/other",
		"lambda:clean":             "lambda:clean",
	} {
		chains, err := serve(set, nil, map[string]string{"shop.clean": other, "shop.local": "http://h"})
		if other == "lambda:clean" {
			if err == nil || !strings.Contains(err.Error(), "a step at lambda: has no headers and no auth") {
				t.Errorf("got %v", err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := chains[0].Steps[0].Remote.URL; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
