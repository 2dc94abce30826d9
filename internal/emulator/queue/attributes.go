package queue

import (
	"encoding/json"
	"strconv"
	"time"
)

func (s *Service) getQueueURL(c call) (fields, error) {
	var in struct{ QueueName string }
	if err := c.input(&in); err != nil {
		return nil, err
	}
	if s.queues[in.QueueName] == nil {
		return nil, errNoQueue()
	}
	return fields{"QueueUrl": s.url(c.base, in.QueueName)}, nil
}

func (s *Service) listQueues(c call) (fields, error) {
	var in struct{ QueueNamePrefix string }
	if err := c.input(&in); err != nil {
		return nil, err
	}
	names := s.names(in.QueueNamePrefix)
	urls := make([]string, len(names))
	for i, name := range names {
		urls[i] = s.url(c.base, name)
	}
	return fields{"QueueUrls": urls}, nil
}

func (s *Service) getQueueAttributes(c call) (fields, error) {
	var in struct {
		QueueURL       string
		AttributeNames []string
	}
	if err := c.input(&in); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.find(in.QueueURL)
	if err != nil {
		return nil, err
	}
	all := s.attributes(q)
	for _, name := range in.AttributeNames {
		if _, ok := all[name]; !ok && name != "All" && name != redrivePolicy {
			return nil, errAttribute(name)
		}
	}
	return fields{"Attributes": chosen(all, in.AttributeNames)}, nil
}

const redrivePolicy = "RedrivePolicy"

func (s *Service) attributes(q *queue) map[string]string {
	number := strconv.Itoa
	length := func(d time.Duration) string { return number(int(d / time.Second)) }
	visible, inflight, delayed := q.counts()
	created := strconv.FormatInt(q.created.Unix(), 10)
	all := map[string]string{
		"ApproximateNumberOfMessages":           number(visible),
		"ApproximateNumberOfMessagesNotVisible": number(inflight),
		"ApproximateNumberOfMessagesDelayed":    number(delayed),
		"CreatedTimestamp":                      created,
		"LastModifiedTimestamp":                 created,
		"QueueArn":                              s.ARN(q.name),
		"VisibilityTimeout":                     length(q.Visibility),
		"MessageRetentionPeriod":                length(q.Retention),
		"MaximumMessageSize":                    number(MaxMessage),
		"DelaySeconds":                          "0",
		"ReceiveMessageWaitTimeSeconds":         "0",
	}
	if q.DeadLetter != "" {
		policy, err := json.Marshal(map[string]any{"deadLetterTargetArn": q.DeadLetter, "maxReceiveCount": q.MaxReceives})
		if err == nil { // always
			all[redrivePolicy] = string(policy)
		}
	}
	return all
}
