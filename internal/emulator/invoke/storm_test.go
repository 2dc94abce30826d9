package invoke_test

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/homing-dev/homing/internal/emulator/invoke"
)

// Whatever ends an invocation, its room is free afterwards.
func TestRoomIsGivenBackHoweverAnInvocationEnds(t *testing.T) {
	t.Parallel()
	for _, perEnvironment := range []int{1, 4} {
		t.Run(strconv.Itoa(perEnvironment), func(t *testing.T) {
			t.Parallel()
			roomIsGivenBack(t, perEnvironment)
		})
	}
}

func roomIsGivenBack(t *testing.T, perEnvironment int) {
	t.Helper()
	const reserved = 4
	s := service(t, invoke.Function{Reserved: reserved, PerEnvironment: perEnvironment, Timeout: short, Retries: 1},
		invoke.Options{RetryDelays: quick, IdleTime: 20 * time.Millisecond})
	tasks := []task{
		{Do: "echo"},
		{Do: "error"},
		{Do: "panic"},
		{Do: "exit", N: 2},
		{Do: "sleep", MS: 60_000},
		{Do: "large", N: 7 << 20},
		{Do: "sleep", MS: 5},
		{Do: "stream", N: 2},
	}
	var wg sync.WaitGroup
	for i := range 4 * len(tasks) {
		wg.Go(func() {
			k := tasks[i%len(tasks)]
			if i%3 == 0 {
				if err := s.InvokeAsync(name, k.payload()); err != nil {
					t.Error(err)
				}
				return
			}
			_, err := s.Invoke(t.Context(), name, k.payload())
			if err != nil {
				rejected(t, err, "TooManyRequestsException")
			}
			if i%5 == 0 {
				s.Kill(name)
			}
		})
	}
	wg.Wait()
	drain(t, s)
	gate, results := file(t), make(chan string, reserved*perEnvironment)
	for range reserved * perEnvironment {
		go func() {
			for {
				r, err := s.Invoke(t.Context(), name, task{Do: "wait", Path: gate}.payload())
				if throttled, ok := errors.AsType[*invoke.Error](err); ok && throttled.Status == http.StatusTooManyRequests {
					time.Sleep(time.Millisecond) // a process may still be ending
					continue
				}
				results <- fmt.Sprint(r.ErrorType, err)
				return
			}
		}()
	}
	working(t, gate, reserved*perEnvironment)
	touch(t, gate)
	for range reserved * perEnvironment {
		if got := <-results; got != "<nil>" {
			t.Error(got)
		}
	}
}

// After a panic a runtime with several invocations takes no more, and ends when
// the others have. The official emulator then answers nothing any more.
func TestAPanicLetsItsNeighboursFinishAndNobodyElseIn(t *testing.T) {
	t.Parallel()
	s := service(t, invoke.Function{PerEnvironment: 4, Reserved: 2}, invoke.Options{})
	gate := file(t)
	const neighbours = 2
	pids := make(chan int, neighbours)
	for range neighbours {
		go func() { pids <- do(t, s, task{Do: "wait", Path: gate}).PID }()
	}
	working(t, gate, neighbours)
	if got, _ := fails(t, s, task{Do: "panic"}); got.ErrorMessage != "at the disco" {
		t.Errorf("got %+v", got)
	}
	eventually(t, "the first process is out of use", func() bool { return s.Stats(name).Environments == 0 })
	other := do(t, s, task{Do: "echo"}).PID
	touch(t, gate)
	for range neighbours {
		if got := <-pids; got == other {
			t.Error("a call came to the process of the panic")
		}
	}
	eventually(t, "the end of the first process", func() bool { return s.Stats(name).Environments == 1 })
	if got := s.Stats(name); got.ColdStarts != 2 || got.Invocations != neighbours+2 {
		t.Errorf("got %+v", got)
	}
}

// A process that ends costs nobody an answer whose invocation it has not taken.
func TestAnInvocationThatWasNotTakenRunsInAnotherEnvironment(t *testing.T) {
	t.Parallel()
	witness := file(t)
	s := service(t, invoke.Function{
		PerEnvironment: 2, Env: map[string]string{"MODE": "serial", "WITNESS": witness},
	}, invoke.Options{})
	ended := make(chan failed)
	go func() {
		got, _ := fails(t, s, task{})
		ended <- got
	}()
	eventually(t, "the first at work", func() bool { return exists(witness) })
	answered := make(chan seen)
	go func() { answered <- do(t, s, task{}) }()
	eventually(t, "both in one environment", func() bool { return s.Stats(name).Invocations == 2 })
	touch(t, witness+"-gate")
	if got := <-ended; got.ErrorType != "Runtime.ExitError" {
		t.Errorf("got %+v", got)
	}
	<-answered
	if got := s.Stats(name); got != (invoke.Stats{ColdStarts: 2, Environments: 1, Invocations: 2}) {
		t.Errorf("got %+v", got)
	}
}
