package mermaid_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/homing-dev/homing/cmd/homing/internal/mermaid"
	"github.com/homing-dev/homing/functions"
)

func TestFlowchartShowsEveryPolicy(t *testing.T) {
	t.Parallel()
	chain := functions.Chain{
		Name: "order", Method: "POST", Path: "/orders/{id}", Timeout: 5 * time.Second, AsyncTimeout: time.Hour,
		MaxBody: 1024, Tenants: []string{"shop", "bank"}, Produces: []string{"application/json"},
		Steps: []functions.Step{
			{Name: "check", Uses: "order.check", Policy: functions.Policy{Timeout: time.Second}},
			{Name: "end", Uses: "order.pay", Policy: functions.Policy{
				Retry:       functions.Retry{Attempts: 3, Delay: 50 * time.Millisecond, MaxDelay: time.Second},
				Concurrency: functions.Concurrency{Max: 4, Adaptive: true, Wait: time.Second},
				Breaker:     functions.Breaker{Failures: 5, Of: 10},
			}},
			{Name: "plain", Policy: functions.Policy{
				Retry: functions.Retry{Attempts: 2}, Concurrency: functions.Concurrency{Max: 1}, Breaker: functions.Breaker{Failures: 2},
			}},
		},
	}
	const golden = "testdata/policies.mmd"
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if got := mermaid.Flowchart([]functions.Chain{chain}); got != string(want) {
			t.Fatalf("got, other than %s:\n%s", golden, got)
		}
	}
}

func TestEveryChainIsASubgraphOfItsOwn(t *testing.T) {
	t.Parallel()
	c := functions.Chain{Name: "same", Method: "GET", Path: "/a", Steps: []functions.Step{{Name: "s"}}}
	got := mermaid.Flowchart([]functions.Chain{c, c})
	for _, want := range []string{`subgraph c1["same"]`, `subgraph c2["same"]`, "c1s1 --> c1reply", "c2s1 --> c2reply"} {
		if strings.Count(got, want) != 1 {
			t.Errorf("%q is not there once in\n%s", want, got)
		}
	}
	if got := mermaid.Flowchart(nil); got != "flowchart LR\n" {
		t.Errorf("no chains give %q", got)
	}
}

func TestFlowchartShowsWhereARemoteStepIs(t *testing.T) {
	t.Parallel()
	got := mermaid.Flowchart([]functions.Chain{{Name: "a", Method: "GET", Path: "/a", Steps: []functions.Step{{
		Name: "clean", URL: "${CLEAN_URL}/x?k=${KEY}", Answers: "json", Run: "python app.py", Auth: functions.Auth{OIDC: "https://h"},
	}}}})
	const dollar, open, shut = "#36;", "#123;", "#125;"
	want := `c1s1["clean<br/>` + dollar + open + "CLEAN#95;URL" + shut + "/x#63;k#61;" + dollar + open + "KEY" + shut +
		`<br/>run: python app.py<br/>answers json<br/>ID token for https://h"]`
	if !strings.Contains(got, want) {
		t.Errorf("%s is not in\n%s", want, got)
	}
}

// FuzzNamesDoNotBreakTheFlowchart holds that every line has the form that was
// meant, whatever a name holds.
func FuzzNamesDoNotBreakTheFlowchart(f *testing.F) {
	for _, seed := range []string{
		"plain", `quote"]`, "<script>", "`md`", "#quot;", "a\nend\nb", "%% comment", "]]", "click c1 href", "--> x", "ünï", "\\n", "1. list",
	} {
		f.Add(seed)
	}
	const text = `"[A-Za-z0-9 ./:,+#;<>-]*"`
	form := regexp.MustCompile(`^(flowchart LR|  subgraph c1\[` + text + `\]|    direction LR|  end|` +
		`    c1(caller|reply)\(\[` + text + `\]\)|    c1adapter\[/` + text + `/\]|    c1s1\[` + text + `\]|` +
		`    c1\w+ (-- ` + text + ` )?--> c1\w+)$`)
	f.Fuzz(func(t *testing.T, name string) {
		got := mermaid.Flowchart([]functions.Chain{{
			Name: name, Method: "POST", Path: "/" + name, Tenants: []string{name}, Produces: []string{name},
			Steps: []functions.Step{{Name: name, Uses: "x." + name + "y"}},
		}})
		lines := strings.Split(strings.TrimSuffix(got, "\n"), "\n")
		const all = 11
		if len(lines) != all {
			t.Fatalf("%d lines, want %d:\n%s", len(lines), all, got)
		}
		for _, line := range lines {
			if !form.MatchString(line) || strings.Contains(strings.ReplaceAll(line, "<br/>", ""), "<") {
				t.Fatalf("line %q in\n%s", line, got)
			}
		}
	})
}
