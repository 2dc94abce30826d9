package emulator

import "github.com/homing-dev/homing/internal/emulator/queue"

// makeQueues makes the queues of the stack, empty.
func (e *Emulator) makeQueues() {
	o := queue.Options{
		Region: e.stack.Region, Account: e.stack.Account, URL: e.SQSURL(), Attributes: map[string]queue.Attributes{},
	}
	for _, q := range e.stack.Queues {
		o.Queues = append(o.Queues, q.Name)
		o.Attributes[q.Name] = queue.Attributes{
			Visibility: q.Visibility, Retention: q.Retention, DeadLetter: q.DeadLetter, MaxReceives: q.MaxReceives,
		}
	}
	e.queues = queue.New(o)
}
