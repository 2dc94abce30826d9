package lambda

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
)

// cloudEventBy is how a service of AWS is made to send what a chain takes.
const cloudEventBy = "a CloudEvent in structured JSON, with specversion, id, source and the type of a chain"

// insteadOf says how what a source sends can get to a chain. A pipe cannot send it to
// a function, which would get it in a list.
func insteadOf(source string) string {
	switch source {
	case "aws:s3":
		return "the bucket notify EventBridge, and a rule's input transformer write " + cloudEventBy
	case "aws:sns":
		return "the topic deliver to an SQS queue with raw message delivery, and send " + cloudEventBy
	default:
		return "an EventBridge pipe send to an SQS queue that this function reads, and its input transformer write " + cloudEventBy
	}
}

// foreign is what distinguishes the payloads of services that are not supported.
type foreign struct {
	Source      string          `json:"source"`
	DetailType  string          `json:"detail-type"` //nolint:tagliatelle // EventBridge's own name
	Topic       string          `json:"TopicArn"`    //nolint:tagliatelle // SNS's own name
	Logs        any             `json:"awslogs"`
	EventSource string          `json:"eventSource"`
	Stream      string          `json:"deliveryStreamArn"`
	Alarm       string          `json:"alarmArn"`
	Service     string          `json:"Service"` //nolint:tagliatelle // S3's own name
	Records     json.RawMessage `json:"Records"` //nolint:tagliatelle // Lambda's own name; Kafka's are no list
	Context     struct {
		Connection string `json:"connectionId"` //nolint:tagliatelle // API Gateway's own name
		Network    string `json:"serviceNetworkArn"`
	} `json:"requestContext"`
}

// foreignSource names the service that has sent a payload which is no CloudEvent,
// and says what to do; "" if it is not known.
func foreignSource(payload []byte) string {
	if bytes.HasPrefix(bytes.TrimSpace(payload), []byte("[")) {
		return "it is a list, as an EventBridge pipe sends it to a function: have the pipe send to an SQS queue that this function reads, " +
			"and its input transformer write " + cloudEventBy
	}
	var m foreign
	if json.Unmarshal(payload, &m) != nil {
		return ""
	}
	unsupported := func(what, source string) string {
		return fmt.Sprintf("it is %s, which is not supported: have %s", what, insteadOf(source))
	}
	var records []struct {
		Source string `json:"eventSource"`
	}
	if json.Unmarshal(m.Records, &records) == nil && len(records) > 0 {
		m.EventSource = cmp.Or(m.EventSource, records[0].Source)
	}
	switch {
	case m.DetailType != "":
		return fmt.Sprintf("it is an event of EventBridge or a schedule as it is (source %q, detail-type %q): "+
			"give the rule an input transformer, or the schedule an input, that writes %s", m.Source, m.DetailType, cloudEventBy)
	case m.Topic != "":
		return "it is a notification of SNS: switch on raw message delivery of the subscription, and send " + cloudEventBy
	case m.Logs != nil:
		return unsupported("a batch of CloudWatch Logs", "") + "; a subscription filter can write to a stream of Kinesis, which the pipe reads"
	case m.Alarm != "":
		return "it is an alarm of CloudWatch: give a rule of EventBridge for its state an input transformer that writes " + cloudEventBy
	case m.Stream != "":
		return unsupported("a batch of Firehose, whose records a chain cannot transform", "")
	case m.Service == "Amazon S3":
		return unsupported("a test notification of S3", "aws:s3")
	case m.Context.Connection != "":
		return "it is an event of a WebSocket API, which is not supported: use an HTTP API or a REST API, or have a function of yours send " +
			cloudEventBy
	case m.Context.Network != "":
		return "it is a request of VPC Lattice, which is not supported: use an HTTP API, a load balancer or a function URL, or have " +
			"a function of yours send " + cloudEventBy
	case m.EventSource != "":
		return unsupported("a batch of "+m.EventSource, m.EventSource)
	}
	return ""
}
