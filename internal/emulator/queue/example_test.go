package queue_test

import (
	"context"
	"fmt"

	"github.com/homing-dev/homing/internal/emulator/queue"
)

func Example() {
	s := queue.New(queue.Options{Queues: []string{"letters"}, URL: "http://127.0.0.1:9324"})
	if err := s.Send(context.Background(), s.ARN("letters"), []byte("a letter")); err != nil {
		fmt.Println(err)
	}
	fmt.Println(s.URL("letters"), s.Bodies("letters"))
	// Output: http://127.0.0.1:9324/000000000000/letters [a letter]
}
