package emulator

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/homing-dev/homing/internal/emulator/template"
)

// Trigger has the rule, schedule, topic or event of a function that has an id invoke its
// functions, as on AWS: asynchronously. event is what EventBridge has for a rule, the
// message for a topic, and what its service sends for all else; patterns and filters are
// not looked at. A schedule needs none.
func (e *Emulator) Trigger(ctx context.Context, id string, event []byte) error {
	found := false
	for _, t := range e.stack.Triggers {
		if t.ID != id {
			continue
		}
		found = true
		payload, err := e.input(t, event, time.Now())
		if err != nil {
			return fmt.Errorf("trigger %s: %w", id, err)
		}
		if _, queue := e.stack.Queue(t.Function); queue {
			err = e.Send(ctx, t.Function, string(payload))
		} else {
			err = e.InvokeAsync(t.Function, payload)
		}
		if err != nil {
			return err
		}
	}
	if !found {
		return fmt.Errorf("%w %q", errNoTrigger, id)
	}
	return nil
}

var errNoTrigger = errors.New("there is no rule, schedule, topic or event")

// input is what a function gets.
func (e *Emulator) input(t template.Trigger, event []byte, now time.Time) ([]byte, error) {
	switch {
	case t.Kind == template.Message:
		return e.message(t, string(event), now)
	case t.Kind == template.Scheduled && t.Input == "" && len(event) == 0:
		return e.scheduled(t, now)
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

// scheduled is what a schedule without an input sends.
func (e *Emulator) scheduled(t template.Trigger, now time.Time) ([]byte, error) {
	return json.Marshal(events.CloudWatchEvent{
		Version: "0", ID: rand.Text(), DetailType: "Scheduled Event", Source: "aws.events", AccountID: e.stack.Account,
		Time: now.UTC().Truncate(time.Second), Region: e.stack.Region, Resources: []string{t.ID}, Detail: json.RawMessage("{}"),
	})
}

// message is what a subscriber of a topic gets: a function in a record, and a queue in
// an envelope, unless it wants the message alone.
func (e *Emulator) message(t template.Trigger, text string, now time.Time) ([]byte, error) {
	entity := events.SNSEntity{
		Type: "Notification", MessageID: rand.Text(), TopicArn: t.Topic, Message: text, Timestamp: now.UTC(),
		SignatureVersion: "1", MessageAttributes: map[string]any{},
	}
	_, queue := e.stack.Queue(t.Function)
	switch {
	case queue && t.Raw:
		return []byte(text), nil
	case queue:
		return json.Marshal(map[string]any{
			"Type": entity.Type, "MessageId": entity.MessageID, "TopicArn": entity.TopicArn, "Message": text, "Timestamp": entity.Timestamp,
		})
	}
	return json.Marshal(events.SNSEvent{Records: []events.SNSEventRecord{{
		EventVersion: "1.0", EventSource: "aws:sns", EventSubscriptionArn: t.Topic + ":" + rand.Text(), SNS: entity,
	}}})
}
