package emulator

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/homing-dev/homing/internal/emulator/template"
)

// Trigger has the rule or schedule of a logical id invoke its functions, as on
// AWS: asynchronously. event is what EventBridge has for a rule; its pattern is not
// looked at. A schedule needs none.
func (e *Emulator) Trigger(id string, event []byte) error {
	found := false
	for _, t := range e.stack.Triggers {
		if t.ID != id {
			continue
		}
		found = true
		payload, err := input(t, event, time.Now())
		if err != nil {
			return fmt.Errorf("trigger %s: %w", id, err)
		}
		if err := e.InvokeAsync(t.Function, payload); err != nil {
			return err
		}
	}
	if !found {
		return fmt.Errorf("there is no rule and no schedule %q", id)
	}
	return nil
}

// input is what a function gets.
func input(t template.Trigger, event []byte, now time.Time) ([]byte, error) {
	switch {
	case t.Input != "": // EventBridge Scheduler User Guide, "Adding context attributes"
		return []byte(strings.NewReplacer(
			"<aws.scheduler.execution-id>", rand.Text(), "<aws.scheduler.scheduled-time>", now.UTC().Format(time.RFC3339),
			"<aws.scheduler.schedule-arn>", t.ID, "<aws.scheduler.attempt-number>", "1",
		).Replace(t.Input)), nil
	case t.Template == "":
		return event, nil
	}
	var document any
	if err := json.Unmarshal(event, &document); err != nil {
		return nil, fmt.Errorf("the event is no JSON: %w", err)
	}
	return []byte(transform(t, document)), nil
}

// transform fills in the template of a rule: in a text of JSON a text stands as
// it is, and elsewhere every value as JSON (EventBridge User Guide, "Input
// transformation").
func transform(t template.Trigger, document any) string {
	var b strings.Builder
	rest := t.Template
	for _, place := range regexp.MustCompile(`<[A-Za-z0-9_.-]+>`).FindAllStringIndex(t.Template, -1) {
		name := t.Template[place[0]+1 : place[1]-1]
		path, known := t.Paths[name]
		if !known {
			continue
		}
		begun := len(t.Template) - len(rest)
		b.WriteString(t.Template[begun:place[0]])
		value := valueAt(document, path)
		if strings.Count(strings.ReplaceAll(t.Template[:place[0]], `\"`, ""), `"`)%2 == 1 {
			value = strings.TrimSuffix(strings.TrimPrefix(value, `"`), `"`)
		}
		b.WriteString(value)
		rest = t.Template[place[1]:]
	}
	b.WriteString(rest)
	return b.String()
}

// valueAt is the JSON of what is at a path such as $.detail.id.
func valueAt(document any, path string) string {
	for name := range strings.SplitSeq(strings.TrimPrefix(strings.TrimPrefix(path, "$"), "."), ".") {
		if name != "" {
			object, _ := document.(map[string]any) // else nothing is there
			document = object[name]
		}
	}
	var text strings.Builder
	plain := json.NewEncoder(&text)
	plain.SetEscapeHTML(false)
	if err := plain.Encode(document); err != nil { // it was JSON before
		return "null"
	}
	return strings.TrimSuffix(text.String(), "\n")
}
