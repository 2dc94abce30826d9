package lambda_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// queue keeps messages.
type queue struct {
	mu     sync.Mutex
	bodies []string
	fail   error
}

func (q *queue) SendMessage(_ context.Context, in *sqs.SendMessageInput, _ ...func(*sqs.Options)) (*sqs.SendMessageOutput, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.fail != nil {
		return nil, q.fail
	}
	q.bodies = append(q.bodies, *in.QueueUrl+" "+*in.MessageBody)
	return &sqs.SendMessageOutput{}, nil
}

func TestADestinationRecordIsKept(t *testing.T) {
	t.Parallel()
	s, q := failureFunction(t)
	answer, err := s.Invoke(t.Context(), []byte(record))
	if err != nil || string(answer) != "null" || len(q.bodies) != 1 || !strings.HasPrefix(q.bodies[0], "https://queue ") {
		t.Errorf("%s %v, kept %v", answer, err, q.bodies)
	}
}

func TestADestinationRecordThatCannotBeKeptIsAnError(t *testing.T) {
	t.Parallel()
	s, q := failureFunction(t)
	q.fail = errors.New("down")
	if _, err := s.Invoke(t.Context(), []byte(record)); !errors.Is(err, q.fail) {
		t.Errorf("got %v", err)
	}
}
