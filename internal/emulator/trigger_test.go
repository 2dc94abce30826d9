package emulator_test

import (
	"io"
	"strings"
	"testing"

	"github.com/homing-dev/homing/internal/emulator"
	"github.com/homing-dev/homing/internal/emulator/template"
)

func TestTriggerInvokesItsFunctionWithWhatTheTemplateSays(t *testing.T) {
	t.Parallel()
	const event = `{"id":"1","source":"shop","detail":{"list":[1,"<id>"],"n":7,"text":"a \"b\""}}`
	for name, tc := range map[string]struct {
		trigger template.Trigger
		want    string
	}{
		"as it is": {template.Trigger{}, event},
		"an input": {template.Trigger{Input: `{"attempt":"<aws.scheduler.attempt-number>"}`}, `{"attempt":"1"}`},
		"a transformer": {template.Trigger{
			Template: `{"id":<id>,"source":"/bridge/<source>","\"said\"":"<text>!","data":<detail>,"n":<n>,"none":<none>,"kept":"<unknown>"}`,
			Paths: map[string]string{
				"id": "$.id", "source": "$.source", "detail": "$.detail", "n": "$.detail.n", "text": "$.detail.text", "none": "$.detail.n.no",
			},
		}, `{"id":"1","source":"/bridge/shop","\"said\"":"a \"b\"!","data":{"list":[1,"<id>"],"n":7,"text":"a \"b\""},"n":7,"none":null,"kept":"<unknown>"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stack, l := load(t, "trigger", false), newLines("got ")
			tc.trigger.ID, tc.trigger.Function = "Rule", "Adapter"
			stack.Triggers = []template.Trigger{tc.trigger}
			e := start(t, stack, emulator.Options{Log: func(string) io.Writer { return l }})
			if err := e.Trigger(t.Context(), "Rule", []byte(event)); err != nil {
				t.Fatal(err)
			}
			if got := strings.TrimSpace(strings.TrimPrefix(<-l.seen, "got ")); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

func TestTriggerThatIsNotThereIsAnError(t *testing.T) {
	t.Parallel()
	stack := load(t, "none", false)
	stack.Triggers = []template.Trigger{{ID: "Rule", Function: "Adapter", Template: "<x>"}}
	e := start(t, stack, emulator.Options{})
	for id, event := range map[string]string{"Other": "{}", "Rule": "no JSON"} {
		if err := e.Trigger(t.Context(), id, []byte(event)); err == nil {
			t.Errorf("%s was triggered", id)
		}
	}
}
