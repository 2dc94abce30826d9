package aws_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/homing-dev/homing/tests/internal/wait"
)

// operator is the environment of somebody who works on the dead letters of a
// deployment.
func (d *deployment) operator() []string {
	return clean(
		"HOMING_DEAD_LETTERS="+d.QueueURL("DeadLetters"),
		"AWS_REGION="+d.Stack().Region, "AWS_ACCESS_KEY_ID=local", "AWS_SECRET_ACCESS_KEY=local",
		"AWS_ENDPOINT_URL_SQS="+d.SQSURL(), "AWS_ENDPOINT_URL_LAMBDA="+d.LambdaURL(), "AWS_EC2_METADATA_DISABLED=true",
	)
}

// An operator finds the event of a crash, looks at it, and sends it again: its
// steps run, and the reply that the caller has stays what it was.
func TestEventOfACrashIsListedShownAndSentAgain(t *testing.T) {
	t.Parallel()
	for _, shape := range []string{vertex, split} {
		t.Run(shape, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			d := faults(t, s, plan{shape: shape})
			location := d.accepted(t, "/fault", order("k", "hold"))
			wait.Receive(t, "the event at step act", s.arrived)
			d.Kill(actor(shape, "fault"))
			first := call(t, http.MethodGet, d.url+location, "", "Prefer", "wait=10").is(t, http.StatusInternalServerError)
			wait.Eventually(t, "the dead letter", func() bool { return d.Depth("DeadLetters") == 1 })
			id := strings.TrimPrefix(location, "/requests/")

			var listed []struct{ Request, Chain, Step, Reason string }
			out, _, code := ends(t, d.operator(), "deadletter", "list", "--json")
			if err := json.Unmarshal([]byte(out), &listed); err != nil || code != 0 || len(listed) != 1 ||
				listed[0].Request != id || listed[0].Chain != "fault" || listed[0].Reason != "killed" {
				t.Fatalf("%d, %v in %s", code, err, out)
			}
			path := filepath.Join(t.TempDir(), "data")
			if out, text, code := ends(t, d.operator(), "deadletter", "show", id); code != 0 || !strings.Contains(out, id) || !strings.Contains(out, "signal: killed") {
				t.Errorf("%d %s %s", code, out, text)
			}
			if _, text, code := ends(t, d.operator(), "deadletter", "show", id, "--data", path); code != 0 {
				t.Errorf("%d %s", code, text)
			}
			if data, err := os.ReadFile(path); err != nil || !strings.Contains(string(data), `"key":"k"`) {
				t.Errorf("%v in %s", err, data)
			}

			close(s.open)
			if out, text, code := ends(t, d.operator(), "deadletter", "redrive", "--late", id); code != 0 || !strings.Contains(out, "1 sent, 0 failed") {
				t.Errorf("%d %s %s", code, out, text)
			}
			if err := d.Drain(t.Context()); err != nil {
				t.Fatal(err)
			}
			if s.ran("k", "act") != 2 || s.ran("k", "after") != 1 || d.Depth("DeadLetters") != 0 {
				t.Errorf("act ran %d times, after %d; %d letters", s.ran("k", "act"), s.ran("k", "after"), d.Depth("DeadLetters"))
			}
			again := call(t, http.MethodGet, d.url+location, "").is(t, http.StatusInternalServerError)
			if again.body != first.body {
				t.Errorf("the reply was %s and is %s", first.body, again.body)
			}
			results.add("dead letter sent again, "+shape, again, "the steps ran, the first reply counts")
			if out, _, code := ends(t, d.operator(), "deadletter", "list"); code != 0 || out != "there are no dead letters\n" {
				t.Errorf("%d %s", code, out)
			}
			if _, _, code := ends(t, d.operator(), "deadletter", "show", id); code == 0 {
				t.Error("the letter is still shown")
			}
		})
	}
}
