package aws_test

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/homing-dev/homing/tests/internal/wait"
)

// attached is the template with its examples of a queue, a rule and a schedule,
// as docs/aws-events.md says how to have them.
func attached(t *testing.T) []byte {
	t.Helper()
	text := sample(t, "template.yaml")
	if strings.Count(text, "\n  #~ ") < 10 {
		t.Fatal("the template has no examples")
	}
	if line := "sed 's/^  #~ /  /' template.yaml"; !strings.Contains(sample(t, "docs", "aws-events.md"), line) || !strings.Contains(text, "sed 's/^  #~ /  /'") {
		t.Errorf("it is not said how to have them: %s", line)
	}
	return []byte(strings.ReplaceAll(text, "\n  #~ ", "\n  "))
}

func TestTheExamplesOfEventsAreValidForTheSAMCLI(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "template.yaml"), attached(t), 0o600); err != nil {
		t.Fatal(err)
	}
	venv := os.Getenv("HOMING_SAM")
	if venv == "" {
		venv = filepath.Join(root, ".tools", "sam")
	}
	sam, err := filepath.Abs(filepath.Join(venv, "bin", "sam"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), sam, "validate", "--lint")
	cmd.Dir, cmd.Env = dir, clean("SAM_CLI_TELEMETRY=0", "AWS_DEFAULT_REGION=us-east-1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v (run make sam if it is not there)\n%s", err, out)
	}
}

// fromAWS are events as the services of AWS have them, each with the id that the
// log has of it. Of a schedule the id is made anew each time.
func fromAWS(t *testing.T) map[string]struct{ send, id string } {
	t.Helper()
	order := sample(t, "testdata", "order.json")
	_, documented, _ := strings.Cut(sample(t, "docs", "aws-events.md"), "```json\n")
	documented, _, found := strings.Cut(documented, "```")
	if !found {
		t.Fatal("docs/aws-events.md has no event")
	}
	return map[string]struct{ send, id string }{
		"queue": {`{"specversion":"1.0","id":"message-1","source":"/queue","type":"homing.quote","datacontenttype":"application/json","data":` + order + `}`, "message-1"},
		"page":  {documented, "order-4711"},
		"rule": {`{"version":"0","id":"17793124-05d4-b198-2fde-7ededc63b103","detail-type":"Order placed","source":"com.example.shop","account":"123456789012",
			"time":"2026-11-27T08:00:00Z","region":"us-east-1","resources":[],"detail":` + order + `}`, "17793124-05d4-b198-2fde-7ededc63b103"},
		"schedule": {"", ""},
	}
}

// What the template shows how to attach, runs: the reply of an event that a queue,
// a rule or a schedule has sent is in the store, and is that of the same call.
func TestEventsOfAQueueARuleAndAScheduleReachTheirChain(t *testing.T) {
	t.Parallel()
	for _, shape := range shapes() {
		t.Run(shape, func(t *testing.T) {
			t.Parallel()
			d := deploy(t, plan{shape: shape}, root, bootstrap, attached(t))
			want := call(t, http.MethodPost, d.url+"/quote", sample(t, "testdata", "order.json")).is(t, http.StatusOK)
			for source, ev := range fromAWS(t) {
				var err error
				switch source {
				case "queue", "page":
					err = d.Send(t.Context(), "EventQueue", ev.send)
				case "rule":
					err = d.Trigger(t.Context(), "EventRule", []byte(ev.send))
				case "schedule":
					err = d.Trigger(t.Context(), "EventSchedule", nil)
				}
				if err != nil {
					t.Fatal(err)
				}
				location := d.url + "/requests/" + d.begun(t, source, ev.id)
				var got answer
				wait.Eventually(t, "the reply", func() bool { // nobody has asked for it before, so there is none until then
					got = call(t, http.MethodGet, location, "")
					return got.status != http.StatusNotFound
				})
				if source == "schedule" { // its data, {}, is no order
					got.is(t, http.StatusUnprocessableEntity)
				} else if got.is(t, http.StatusOK); got.body != want.body && source != "page" {
					t.Errorf("%s: got %s", source, got.body)
				}
				results.add("event of a "+source+", "+shape, got, "the reply is in the store")
			}
			wait.Eventually(t, "an empty queue", func() bool { return d.Depth("EventQueue") == 0 })
			if d.Depth("DeadLetters") != 0 {
				t.Errorf("dead letters: %s", d.Messages("DeadLetters"))
			}
		})
	}
}

// begun waits for the request that an event has begun, which is in the log of the
// function that got it. The id "" is that of a schedule.
func (d *deployment) begun(t *testing.T, source, id string) (request string) {
	t.Helper()
	cause := regexp.MustCompile("^" + regexp.QuoteMeta(id) + "$")
	if id == "" {
		cause = regexp.MustCompile("^[A-Z2-7]{26}$")
	}
	wait.Eventually(t, "the request of the event of a "+source, func() bool {
		for _, f := range d.Stack().Functions {
			for line := range strings.Lines(d.Logs(f.ID)) {
				var entry struct{ RequestID, CausationID string }
				if json.Unmarshal([]byte(line), &entry) == nil && entry.CausationID != "" && cause.MatchString(entry.CausationID) {
					request = entry.RequestID
				}
			}
		}
		return request != ""
	})
	return request
}
