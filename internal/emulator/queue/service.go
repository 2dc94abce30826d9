package queue

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Defaults of SQS.
const (
	DefaultVisibility = 30 * time.Second
	DefaultRetention  = 4 * 24 * time.Hour
	DefaultRegion     = "us-east-1"
	DefaultAccount    = "000000000000"
)

// MaxMessage is the largest message, its attributes included, in bytes.
const MaxMessage = 1 << 20

// Options of a [Service].
type Options struct {
	// Queues are the names of the queues.
	Queues []string
	// Attributes of queues by name; a queue that is not there has the defaults.
	Attributes map[string]Attributes
	// Region and Account are for ARNs and URLs; "" means [DefaultRegion] and
	// [DefaultAccount].
	Region, Account string
	// URL is where the handler is served, for the URLs of queues; "" means the
	// host that a request names.
	URL string
}

// Attributes of a queue. The zero value has the defaults of SQS.
type Attributes struct {
	// Visibility is for how long a message that was received is hidden; 0 means
	// [DefaultVisibility].
	Visibility time.Duration
	// Retention is for how long a message is kept; 0 means [DefaultRetention].
	Retention time.Duration
	// DeadLetter is the ARN of the queue to which a message is moved that would
	// be received more than MaxReceives times; "" means none.
	DeadLetter  string
	MaxReceives int
}

// Service holds queues. Its methods may be called concurrently.
type Service struct {
	opts Options

	mu     sync.Mutex
	queues map[string]*queue // the map is never written
}

// New returns a service with empty queues. It starts nothing, so there is
// nothing to close.
func New(opts Options) *Service {
	opts.Region = cmp.Or(opts.Region, DefaultRegion)
	opts.Account = cmp.Or(opts.Account, DefaultAccount)
	s := &Service{opts: opts, queues: map[string]*queue{}}
	for _, name := range opts.Queues {
		attributes := opts.Attributes[name]
		attributes.Visibility = cmp.Or(attributes.Visibility, DefaultVisibility)
		attributes.Retention = cmp.Or(attributes.Retention, DefaultRetention)
		s.queues[name] = &queue{Attributes: attributes, name: name, created: time.Now(), changed: make(chan struct{})}
	}
	return s
}

// ARN of the queue of a name, whether there is one or not.
func (s *Service) ARN(name string) string {
	return "arn:aws:sqs:" + s.opts.Region + ":" + s.opts.Account + ":" + name
}

// URL of the queue of a name, whether there is one or not. It is a path if
// Options.URL is empty.
func (s *Service) URL(name string) string { return s.url(s.opts.URL, name) }

func (s *Service) url(base, name string) string {
	return strings.TrimSuffix(base, "/") + "/" + s.opts.Account + "/" + name
}

// Send puts a body into the queue of an ARN, URL or name, for Lambda's
// destinations. It never waits; ctx is not used.
func (s *Service) Send(_ context.Context, arn string, body []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.find(arn)
	if err == nil {
		_, err = q.send(outgoing{MessageBody: string(body)})
	}
	if err != nil {
		return fmt.Errorf("send to %s: %w", arn, err)
	}
	return nil
}

// Depth is how many messages a queue has, those that are hidden included; 0 if
// there is no such queue.
func (s *Service) Depth(name string) int { return len(s.Bodies(name)) }

// Bodies of the messages of a queue, the hidden ones included, in order. They
// are only looked at, not received.
func (s *Service) Bodies(name string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.find(name)
	if err != nil {
		return nil
	}
	q.sweep(time.Now())
	bodies := make([]string, 0, len(q.messages))
	for _, m := range q.messages {
		bodies = append(bodies, m.MessageBody)
	}
	return bodies
}

// find takes the name of a queue out of its URL or ARN. The caller holds mu.
func (s *Service) find(where string) (*queue, error) {
	name := where[strings.LastIndexAny(where, "/:")+1:]
	q := s.queues[name]
	if q == nil {
		return nil, errNoQueue
	}
	return q, nil
}

func (s *Service) getQueueURL(c call, in struct{ QueueName string }) (fields, error) {
	if s.queues[in.QueueName] == nil {
		return nil, errNoQueue
	}
	return fields{"QueueUrl": s.url(c.base, in.QueueName)}, nil
}

func (s *Service) listQueues(c call, in struct{ QueueNamePrefix string }) (fields, error) {
	urls := []string{}
	for _, name := range slices.Sorted(maps.Keys(s.queues)) {
		if strings.HasPrefix(name, in.QueueNamePrefix) {
			urls = append(urls, s.url(c.base, name))
		}
	}
	return fields{"QueueUrls": urls}, nil
}

// attributesInput is what GetQueueAttributes takes.
type attributesInput struct {
	address

	AttributeNames []string
}

const redrivePolicy = "RedrivePolicy"

func (s *Service) getAttributes(q *queue, in attributesInput) (fields, error) {
	all := s.attributes(q)
	for _, name := range in.AttributeNames {
		if _, ok := all[name]; !ok && name != "All" && name != redrivePolicy {
			return nil, named("InvalidAttributeName", "Unknown Attribute "+name+".")
		}
	}
	return fields{"Attributes": chosen(all, in.AttributeNames)}, nil
}

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
