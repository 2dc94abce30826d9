package lambda_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes/lambda"
)

// fromARule is what the input transformer of a rule of EventBridge writes.
func fromARule(eventType string) []byte {
	return fmt.Appendf(nil, `{
		"id": "rule-1", "specversion": "1.0", "type": %q, "source": "/rules/nightly", "httpxtag": "admin",
		"datacontenttype": "application/json", "data": {"n": 1}
	}`, eventType)
}

// seen is a chain that hands on the events that its step gets.
func seen(name string, err error) (functions.Chain, chan event.Event) {
	got := make(chan event.Event, 10)
	c := single(name, func(_ context.Context, in event.Event) (*event.Event, error) {
		got <- in.Clone()
		return &in, err
	})
	c.AsyncTimeout = time.Hour
	return c, got
}

// An event without a routing slip ended as a success with a problem that nobody read.
func TestAnEventThatIsSentStraightToTheFunctionFindsItsChainByType(t *testing.T) {
	t.Parallel()
	chain, got := seen("quote", nil)
	s, store, _ := vertexOf(t, env{}, chain, letters())
	answer, err := s.Invoke(t.Context(), fromARule("homing.quote"))
	if err != nil {
		t.Fatal(err)
	}
	in := <-got
	id, err := reply.ParseID(in.ID())
	if err != nil || functions.Attribute(in, functions.AttrCorrelationID) != in.ID() || functions.Attribute(in, functions.AttrCausationID) != "rule-1" ||
		functions.Attribute(in, "httpxtag") != "" || functions.Attribute(in, functions.AttrRoutingSlip) != "" {
		t.Errorf("the function got %v", in)
	}
	rec, err := store.Lookup(t.Context(), id)
	if err != nil || rec.State != reply.Completed || rec.Tenant != "" || string(rec.Reply.Event.Data()) != `{"n": 1}` {
		t.Errorf("the store has %+v, %v", rec, err)
	}
	if left := time.Until(rec.Deadline); left > time.Hour || left < 50*time.Minute {
		t.Errorf("the deadline is in %s, want the asyncTimeout", left)
	}
	if out := decode(t, answer); out.ID() != in.ID() {
		t.Errorf("who waits gets %v", out)
	}
}

// An expired one was a success without any trace, and one with no time ran.
func TestADirectEventThatHasExpiredOrSaysNoTimeIsAFailure(t *testing.T) {
	t.Parallel()
	chain, got := seen("quote", nil)
	s, store, _ := vertexOf(t, env{}, chain)
	for _, expiry := range []string{`"2020-01-01T00:00:00Z"`, strconv.Quote(time.Now().Add(-time.Second).Format(time.RFC3339)), `"tomorrow"`, "7"} {
		ev := strings.Replace(string(fromARule("homing.quote")), `"id"`, `"expirytime": `+expiry+`, "id"`, 1)
		_, err := s.Invoke(t.Context(), []byte(ev))
		if _, ok := errors.AsType[*lambda.PayloadError](err); !ok || !strings.Contains(err.Error(), "attribute expirytime") {
			t.Errorf("%s: got %v", expiry, err)
		}
	}
	if len(got) != 0 || store.tries != 0 {
		t.Errorf("%d of them ran, and %d replies were written", len(got), store.tries)
	}
}

func TestADirectEventCannotSetWhatIsTheAdapters(t *testing.T) {
	t.Parallel()
	chain, got := seen("quote", nil)
	s, _, _ := vertexOf(t, env{}, chain)
	ev := `"dataref": "http://thief.example/", "httpcookie": "c", "httppath": "/", "httpstatus": "418", "mine": "kept", "id"`
	if _, err := s.Invoke(t.Context(), []byte(strings.Replace(string(fromARule("homing.quote")), `"id"`, ev, 1))); err != nil {
		t.Fatal(err)
	}
	names := slices.Sorted(maps.Keys((<-got).Extensions()))
	if want := []string{"causationid", "correlationid", "expirytime", "mine"}; !slices.Equal(names, want) {
		t.Errorf("the function got %v, want %v", names, want)
	}
}

func TestAMessageThatIsADirectEventIsDealtWith(t *testing.T) {
	t.Parallel()
	fine, got := seen("quote", nil)
	bad, _ := seen("bad", functions.Errorf(http.StatusUnprocessableEntity, "no"))
	s, store, _ := vertexOf(t, env{}, fine, bad)
	again := failures(t, s, batch(t, fromARule("homing.quote"), fromARule("homing.bad"), fromARule("nobody's"), []byte(`{"detail-type":"x","source":"s"}`)))
	if want := []string{"m2", "m3"}; !slices.Equal(again, want) {
		t.Errorf("to be delivered again: %v, want %v", again, want)
	}
	if <-got; store.tries != 2 {
		t.Errorf("%d replies were written", store.tries)
	}
}

func TestADirectEventWhoseReplyCannotBeWrittenIsAFailure(t *testing.T) {
	t.Parallel()
	chain, _ := seen("quote", nil)
	s, store, _ := vertexOf(t, env{}, chain)
	store.complete = func(int) error { return errors.New("down") }
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := s.Invoke(ctx, fromARule("homing.quote")); err == nil {
		t.Error("it was a success")
	}
}

func TestADirectEventOfNoChainIsAFailureThatNamesTheTypes(t *testing.T) {
	t.Parallel()
	s, store, _ := vertexOf(t, env{}, letters(), single("f", appends("x")))
	_, err := s.Invoke(t.Context(), fromARule("homing.quote"))
	if _, ok := errors.AsType[*lambda.PayloadError](err); !ok || store.tries != 0 ||
		!strings.Contains(err.Error(), `"homing.quote"`) || !strings.Contains(err.Error(), "homing.f, homing.letters") {
		t.Errorf("got %v; %d replies", err, store.tries)
	}
}

func TestADirectEventForAVertexWithoutTheFirstStepIsAFailure(t *testing.T) {
	t.Parallel()
	s, _, _ := vertexOf(t, env{"HOMING_STEPS": "letters.b"}, letters())
	_, err := s.Invoke(t.Context(), fromARule("homing.letters"))
	if _, ok := errors.AsType[*lambda.PayloadError](err); !ok || !strings.Contains(err.Error(), "step a of chain letters") {
		t.Errorf("got %v", err)
	}
}

func TestADirectEventRunsThroughTheFunctionsOfASplitChain(t *testing.T) {
	t.Parallel()
	c, store := newCloud(), newStore()
	for _, step := range []string{"a", "b", "c"} {
		c.deploy(t, step, env{}.with("HOMING_ROLE", "vertex", "HOMING_STEPS", "letters."+step,
			"HOMING_VERTICES", "letters.a=a,letters.b=b,letters.c=c"), store, letters())
	}
	if _, err := c.functions["a"].Invoke(t.Context(), fromARule("homing.letters")); err != nil {
		t.Fatal(err)
	}
	c.running.Wait()
	var last map[string]any
	if err := json.Unmarshal(c.sent[len(c.sent)-1].Payload, &last); err != nil {
		t.Fatal(err)
	}
	id, err := reply.ParseID(last["id"].(string))
	if err != nil {
		t.Fatal(err)
	}
	if rec, err := store.Lookup(t.Context(), id); err != nil || string(rec.Reply.Event.Data()) != `{"n": 1}abc` {
		t.Errorf("the store has %+v, %v", rec, err)
	}
}

func TestAnUnsupportedSourceIsNamedWithWhatToDo(t *testing.T) {
	t.Parallel()
	s, _, _ := vertexOf(t, env{}, letters())
	for name, tt := range map[string]struct{ payload, source, do string }{
		"S3":              {`{"Records":[{"eventSource":"aws:s3","s3":{}}]}`, "aws:s3", "input transformer"},
		"SNS":             {`{"Records":[{"EventSource":"aws:sns","Sns":{"Message":"m"}}]}`, "aws:sns", "raw message delivery"},
		"DynamoDB":        {`{"Records":[{"eventSource":"aws:dynamodb","eventID":"1"}]}`, "aws:dynamodb", "pipe"},
		"EventBridge":     {`{"version":"0","id":"1","detail-type":"Order","source":"shop","detail":{}}`, "EventBridge", "input transformer"},
		"schedule":        {`{"version":"0","id":"1","detail-type":"Scheduled Event","source":"aws.events","detail":{}}`, "schedule", "an input"},
		"CloudWatch Logs": {`{"awslogs":{"data":"H4s="}}`, "CloudWatch Logs", "pipe"},
		"Kafka":           {`{"eventSource":"aws:kafka","records":{"orders-0":[{"value":"e30="}]}}`, "aws:kafka", "pipe"},
		"own Kafka":       {`{"eventSource":"SelfManagedKafka","records":{}}`, "SelfManagedKafka", "pipe"},
		"ActiveMQ":        {`{"eventSource":"aws:mq","messages":[{"data":"e30="}]}`, "aws:mq", "pipe"},
		"RabbitMQ":        {`{"eventSource":"aws:rmq","rmqMessagesByQueue":{}}`, "aws:rmq", "pipe"},
		"DocumentDB":      {`{"eventSource":"aws:docdb","events":[]}`, "aws:docdb", "SQS queue"},
		"Firehose":        {`{"invocationId":"1","deliveryStreamArn":"arn:aws:firehose:x","records":[]}`, "Firehose", "SQS queue"},
		"alarm":           {`{"source":"aws.cloudwatch","alarmArn":"arn:aws:cloudwatch:x","alarmData":{}}`, "alarm of CloudWatch", "input transformer"},
		"test of S3":      {`{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"b"}`, "S3", "EventBridge"},
		"WebSocket":       {`{"requestContext":{"connectionId":"c","eventType":"MESSAGE","routeKey":"$default"},"body":"{}"}`, "WebSocket", "HTTP API"},
		"VPC Lattice":     {`{"version":"2.0","path":"/","method":"POST","requestContext":{"serviceNetworkArn":"arn"}}`, "VPC Lattice", "HTTP API"},
		"pipe of SQS":     {`[{"messageId":"1","eventSource":"aws:sqs","body":"{}"}]`, "pipe", "SQS queue"},
		"pipe of events":  {` [{"specversion":"1.0","id":"1","source":"/s","type":"homing.letters"}]`, "pipe", "SQS queue"},
	} {
		_, err := s.Invoke(t.Context(), []byte(tt.payload))
		if _, ok := errors.AsType[*lambda.PayloadError](err); !ok || !strings.Contains(err.Error(), tt.source) ||
			!strings.Contains(err.Error(), tt.do) || !strings.Contains(err.Error(), "CloudEvent in structured JSON") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
