package invoke

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// record is what a destination gets of an event, version 1.0.
type record struct {
	Version         string           `json:"version"`
	Timestamp       string           `json:"timestamp"`
	RequestContext  requestContext   `json:"requestContext"`
	RequestPayload  json.RawMessage  `json:"requestPayload"`
	ResponseContext *responseContext `json:"responseContext,omitempty"`
	ResponsePayload json.RawMessage  `json:"responsePayload,omitempty"`
}

type requestContext struct {
	RequestID              string `json:"requestId"` //nolint:tagliatelle // Lambda's
	FunctionARN            string `json:"functionArn"`
	Condition              string `json:"condition"`
	ApproximateInvokeCount int    `json:"approximateInvokeCount"`
}

type responseContext struct {
	StatusCode      int    `json:"statusCode"`
	ExecutedVersion string `json:"executedVersion"`
	FunctionError   string `json:"functionError,omitempty"`
}

const (
	recordVersion = "1.0"
	recordTime    = "2006-01-02T15:04:05.000Z07:00"
	// sends is how often a queue is tried for a record.
	sends     = 3
	sendPause = 100 * time.Millisecond
)

// conclude ends an event: its destination and the dead-letter queue hear of it.
// An event that the end of the service cut short is lost, and nobody does.
func (s *Service) conclude(e *asyncEvent, condition string) {
	if s.life.Err() != nil {
		return
	}
	destination := e.function.OnSuccess
	if condition != conditionSuccess {
		destination = e.function.OnFailure
		s.count(e.function, func(stats *Stats) { stats.Failed++ })
		if e.function.DeadLetter != "" {
			s.send(e, e.function.DeadLetter, e.payload)
		}
	}
	if destination == "" {
		return
	}
	body, err := json.Marshal(e.record(s.opts.Now(), condition))
	if err != nil {
		s.dropped(e, destination, err)
		return
	}
	if !strings.Contains(destination, ":function:") {
		s.send(e, destination, body)
		return
	}
	if err := s.InvokeAsync(destination, body); err != nil {
		s.dropped(e, destination, err)
	}
}

func (e *asyncEvent) record(now time.Time, condition string) record {
	r := record{
		Version: recordVersion, Timestamp: now.UTC().Format(recordTime), RequestPayload: e.payload,
		RequestContext: requestContext{e.id, e.function.ARN + ":" + Latest, condition, e.runs},
	}
	if e.runs == 0 {
		return r
	}
	r.ResponseContext = &responseContext{http.StatusOK, Latest, e.last.FunctionError}
	r.ResponsePayload = e.last.Payload
	if !json.Valid(e.last.Payload) {
		text, err := json.Marshal(string(e.last.Payload))
		if err == nil {
			r.ResponsePayload = text
		}
	}
	return r
}

// send puts a body in a queue, and tries again if that fails.
func (s *Service) send(e *asyncEvent, arn string, body []byte) {
	var err error
	for range sends {
		if err = s.opts.Send(s.life, arn, body); err == nil {
			return
		}
		select {
		case <-time.After(sendPause):
		case <-s.life.Done():
		}
	}
	s.dropped(e, arn, err)
}

func (s *Service) dropped(e *asyncEvent, destination string, err error) {
	s.count(e.function, func(stats *Stats) { stats.Dropped++ })
	s.opts.Logger.Error("the record of a failed event is lost",
		"function", e.function.Name, "request", e.id, "destination", destination, "error", err)
}
