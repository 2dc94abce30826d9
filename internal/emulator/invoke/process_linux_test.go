package invoke_test

import (
	"context"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/homing-dev/homing/internal/emulator/invoke"
)

// stat reads the state letter of a process from proc_pid_stat(5): T is
// stopped, Z a zombie, "" none.
func stat(pid int) string {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return ""
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	return rest[:1]
}

func gone(pid int) bool { s := stat(pid); return s == "" || s == "Z" || s == "X" }

// switches counts how often the threads of a process have got a processor, from
// proc_pid_status(5).
func switches(t *testing.T, pid int) (n int) {
	t.Helper()
	threads, err := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/task/*/status")
	if err != nil || len(threads) == 0 {
		t.Fatalf("no threads of %d, %v", pid, err)
	}
	for _, thread := range threads {
		b, err := os.ReadFile(thread)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(b)) {
			if _, count, ok := strings.Cut(line, "ctxt_switches:"); ok {
				of, err := strconv.Atoi(strings.TrimSpace(count))
				if err != nil {
					t.Fatal(err)
				}
				n += of
			}
		}
	}
	return n
}

func TestWorkBehindAnAnswerStandsStill(t *testing.T) {
	t.Parallel()
	for _, frozen := range []bool{true, false} {
		s := service(t, invoke.Function{}, invoke.Options{NoFreeze: !frozen})
		pid := do(t, s, task{Do: "behind"}).PID
		if !frozen {
			eventually(t, "ticks", func() bool { return do(t, s, task{Do: "echo"}).Ticks > 100 })
			continue
		}
		eventually(t, "stopped", func() bool { return stat(pid) == "T" })
		do(t, s, task{Do: "echo"})
		eventually(t, "stopped again", func() bool { return stat(pid) == "T" })
		before := switches(t, pid)           // a thread may have one more until it stops, too
		<-time.After(300 * time.Millisecond) // in which a process that runs would tick 300 times
		if after := switches(t, pid); after > before+100 || stat(pid) != "T" {
			t.Errorf("it got a processor %d times, then %d, and is in state %s", before, after, stat(pid))
		}
	}
}

func TestASharedEnvironmentIsNotStopped(t *testing.T) {
	t.Parallel()
	s := service(t, invoke.Function{PerEnvironment: 2}, invoke.Options{})
	do(t, s, task{Do: "behind"})
	eventually(t, "ticks", func() bool { return do(t, s, task{Do: "echo"}).Ticks > 100 })
}

func TestTooMuchMemoryEndsTheProcess(t *testing.T) {
	t.Parallel()
	s := service(t, invoke.Function{MemoryMB: 128, Timeout: long}, invoke.Options{})
	pid := do(t, s, task{Do: "echo"}).PID
	got, r := fails(t, s, task{Do: "allocate", N: 200, MS: 20_000})
	if want := "RequestId: " + r.RequestID + " Error: Runtime exited with error: signal: killed"; got.ErrorType != "Runtime.OutOfMemory" || got.ErrorMessage != want {
		t.Errorf("got %+v", got)
	}
	if !gone(pid) {
		t.Errorf("process %d lives in state %s", pid, stat(pid))
	}
	if r, err := s.Invoke(t.Context(), name, task{Do: "allocate", N: 40, MS: 100}.payload()); err != nil || r.FunctionError != "" {
		t.Errorf("40 of 128 MB: %s, %v", r.Payload, err)
	}
}

// A process that a signal ended was said to have had too little memory, by who
// read its error, and nothing in the log said otherwise.
func TestAProcessThatASignalEndsIsReportedWithTheSignal(t *testing.T) {
	t.Parallel()
	for sig, want := range map[syscall.Signal]struct{ how, line string }{
		syscall.SIGKILL: {"signal: killed", "killed by somebody else, and not for its memory"},
		syscall.SIGTERM: {"signal: terminated", "ended by itself"},
	} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			var log notebook
			s := service(t, invoke.Function{}, invoke.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
			pid := do(t, s, task{Do: "echo"}).PID
			gate := file(t)
			result := make(chan invoke.Result)
			go func() {
				r, _ := s.Invoke(t.Context(), name, task{Do: "wait", Path: gate}.payload())
				result <- r
			}()
			working(t, gate, 1)
			_ = syscall.Kill(pid, sig)
			r := <-result
			if r.ErrorType != "Runtime.ExitError" || !strings.Contains(string(r.Payload), "Runtime exited with error: "+want.how) {
				t.Errorf("got %s", r.Payload)
			}
			eventually(t, "the line of the log", func() bool { return strings.Contains(log.String(), want.line) })
			for _, text := range []string{"level=WARN", want.how, r.RequestID, name} {
				if !strings.Contains(log.String(), text) {
					t.Errorf("%q is not in %s", text, log.String())
				}
			}
		})
	}
}

func TestAProcessThatIsKilledBetweenTwoCallsIsReported(t *testing.T) {
	t.Parallel()
	var log notebook
	s := service(t, invoke.Function{}, invoke.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	_ = syscall.Kill(do(t, s, task{Do: "echo"}).PID, syscall.SIGKILL)
	eventually(t, "the line of the log", func() bool { return strings.Contains(log.String(), "killed by somebody else") })
	do(t, s, task{Do: "echo"})
}

func TestAProcessThatTheServiceEndsIsNoWarning(t *testing.T) {
	t.Parallel()
	var log notebook
	s := service(t, invoke.Function{}, invoke.Options{Logger: slog.New(slog.NewTextHandler(&log, nil)), IdleTime: 50 * time.Millisecond})
	pid := do(t, s, task{Do: "echo"}).PID
	eventually(t, "its end", func() bool { return gone(pid) })
	do(t, s, task{Do: "echo"})
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if log.String() != "" {
		t.Errorf("got %s", log.String())
	}
}

// A child would hold the function's output open, and live on, if it were not
// killed with its group.
func TestChildrenEndWithTheirFunction(t *testing.T) {
	t.Parallel()
	for what, end := range map[string]func(*testing.T, *invoke.Service){
		"close": func(t *testing.T, s *invoke.Service) {
			if err := s.Close(t.Context()); err != nil {
				t.Error(err)
			}
		},
		"exit":    func(t *testing.T, s *invoke.Service) { fails(t, s, task{Do: "exit", N: 1}) },
		"panic":   func(t *testing.T, s *invoke.Service) { fails(t, s, task{Do: "panic"}) },
		"timeout": func(t *testing.T, s *invoke.Service) { fails(t, s, task{Do: "sleep", MS: 60_000}) },
		"kill":    func(_ *testing.T, s *invoke.Service) { s.Kill(name) },
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			limit := long
			if what == "timeout" {
				limit = short
			}
			s := service(t, invoke.Function{Timeout: limit}, invoke.Options{Log: logTo(&notebook{})})
			got := do(t, s, task{Do: "spawn"})
			if gone(got.Child) {
				t.Fatal("there is no child")
			}
			end(t, s)
			eventually(t, "both gone", func() bool { return gone(got.Child) && gone(got.PID) })
		})
	}
}

func TestTheMachineTakesFunctionsWithItsProcess(t *testing.T) {
	t.Parallel()
	if path := os.Getenv("INVOKE_TEST_ORPHAN"); path != "" {
		s := service(t, invoke.Function{}, invoke.Options{})
		pid := do(t, s, task{Do: "echo"}).PID
		if err := os.WriteFile(path+".new", []byte(strconv.Itoa(pid)), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
		<-t.Context().Done() // killed before
		return
	}
	path := file(t)
	parent := exec.Command(os.Args[0], "-test.run", "^TestTheMachineTakesFunctionsWithItsProcess$")
	parent.Env = append(os.Environ(), "INVOKE_TEST_ORPHAN="+path)
	parent.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a function in the other process", func() bool { return exists(path) })
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(string(b))
	if err != nil {
		t.Fatal(err)
	}
	if gone(pid) {
		t.Fatal("the function is not there")
	}
	_ = parent.Process.Kill()
	_ = parent.Wait()
	eventually(t, "the function gone", func() bool { return gone(pid) })
}

// attempts is how often something is tried that a loaded machine may be too
// slow for.
const attempts = 20

func TestCloseGivesTimeForSIGTERMAndNoMore(t *testing.T) {
	t.Parallel()
	for mode, handles := range map[string]bool{"sigterm": true, "deaf": false} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			for attempt := 1; ; attempt++ {
				witness := file(t)
				s := service(t, invoke.Function{Env: map[string]string{"MODE": mode, "WITNESS": witness}}, invoke.Options{})
				pid := do(t, s, task{Do: "echo"}).PID
				start := time.Now()
				if err := s.Close(t.Context()); err != nil {
					t.Error(err)
				}
				took := time.Since(start)
				if !gone(pid) || !handles && (took < 500*time.Millisecond || exists(witness)) {
					t.Fatalf("it took %s, process %q, its handler has run: %v", took, stat(pid), exists(witness))
				}
				_, err := s.Invoke(t.Context(), name, nil)
				rejected(t, err, "ServiceException")
				rejected(t, s.InvokeAsync(name, nil), "ServiceException")
				if !handles || took < 500*time.Millisecond && exists(witness) {
					return
				}
				if attempt == attempts {
					t.Fatalf("it took %s, its handler has run: %v", took, exists(witness))
				}
			}
		})
	}
}

func TestCloseKillsAtTheEndOfItsContext(t *testing.T) {
	t.Parallel()
	for attempt := 1; ; attempt++ {
		s := service(t, invoke.Function{Env: map[string]string{"MODE": "deaf"}}, invoke.Options{})
		pid := do(t, s, task{Do: "echo"}).PID
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		start := time.Now()
		err := s.Close(ctx)
		took := time.Since(start)
		if err == nil || !gone(pid) {
			t.Fatalf("%v after %s, process %q", err, took, stat(pid))
		}
		if took < 400*time.Millisecond {
			return
		}
		if attempt == attempts {
			t.Fatalf("it took %s", took)
		}
	}
}

func TestIdleEnvironmentsEnd(t *testing.T) {
	t.Parallel()
	s := service(t, invoke.Function{}, invoke.Options{IdleTime: 50 * time.Millisecond})
	pid := do(t, s, task{Do: "echo"}).PID
	eventually(t, "no environment", func() bool { return s.Stats(name).Environments == 0 && gone(pid) })
	if again := do(t, s, task{Do: "echo"}).PID; again == pid {
		t.Error("it is back")
	}
}

func TestTheOldestIdleEnvironmentMakesRoom(t *testing.T) {
	t.Parallel()
	var functions []invoke.Function
	for _, n := range []string{"a", "b"} {
		functions = append(functions, invoke.Function{Name: n, Dir: t.TempDir(), Bootstrap: program})
	}
	s := service(t, invoke.Function{}, invoke.Options{Limit: 2, Functions: functions})
	for _, n := range []string{"a", "b"} {
		if _, err := s.Invoke(t.Context(), n, nil); err != nil {
			t.Fatal(err)
		}
	}
	do(t, s, task{Do: "echo"})
	if a, b, c := s.Stats("a").Environments, s.Stats("b").Environments, s.Stats(name).Environments; a != 0 || b != 1 || c != 1 {
		t.Errorf("got %d, %d, %d", a, b, c)
	}
}
