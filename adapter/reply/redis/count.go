package redis

import (
	"context"
	"strconv"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
)

// Count implements [reply.Counting]. It is one call, which is not retried. The clock is
// that of the server.
func (s *Store) Count(ctx context.Context, u reply.Use) (total reply.Total, err error) {
	const what = "count"
	var answer []any
	err = s.attempt(ctx, func(ctx context.Context) (err error) {
		answer, err = s.scripts.count.Run(ctx, s.client, []string{s.opts.Prefix + "n:" + u.Key},
			s.named(), u.Spent.Microseconds(), u.Replica, u.Asked, u.Held, u.For.Microseconds()).Slice()
		return err
	})
	if err != nil {
		return total, failed(what, err)
	}
	var numbers [3]int64
	for i := range numbers {
		if numbers[i], err = strconv.ParseInt(texts(answer).at(i), 10, 64); err != nil {
			return total, failed(what, errMalformed)
		}
	}
	return reply.Total{Debt: time.Duration(numbers[0]) * time.Microsecond, Asked: numbers[1], Held: numbers[2]}, nil
}
