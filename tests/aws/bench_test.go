package aws_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/homing-dev/homing/internal/emulator"
	"github.com/homing-dev/homing/internal/emulator/template"
)

// BenchmarkLocal is `homing local` under load: calls of the chain quote by the
// adapter, one at a time, 16 and 64 at once, whose replies come through the table
// or, in the shape inline, do not. Beside the median of a call it reports the
// processor time of a call in the emulator and its client, in the functions, and in
// dynalite.
func BenchmarkLocal(b *testing.B) {
	order, err := os.ReadFile(filepath.Join(root, "testdata", "order.json"))
	if err != nil {
		b.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "template.yaml"))
	if err != nil {
		b.Fatal(err)
	}
	for _, shape := range shapes() {
		b.Run(shape, func(b *testing.B) {
			stack, err := template.Parse("template.yaml", root, text, map[string]string{
				"Shape": shape, "ThrottleRate": "100000", "ThrottleBurst": "100000",
			}, template.Options{StackName: "bench" + shape})
			if err != nil {
				b.Fatal(err)
			}
			e, err := emulator.Start(b.Context(), stack, emulator.Options{
				Tables: tables, Bootstrap: func(template.Function) string { return bootstrap },
			})
			if err != nil {
				b.Fatal(err)
			}
			defer e.Close(context.WithoutCancel(b.Context())) //nolint:errcheck // it has been measured
			for _, atOnce := range []int{1, 16, 64} {
				b.Run(strconv.Itoa(atOnce), func(b *testing.B) { atOnceCalls(b, e.URL()+"/quote", string(order), atOnce) })
			}
		})
	}
}

func atOnceCalls(b *testing.B, url, body string, atOnce int) {
	b.Helper()
	l := load{url: url, body: body, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: atOnce}}}
	defer l.client.CloseIdleConnections()
	l.run(b, atOnce, 4*atOnce) // so that the processes are there
	before := processorTimes(b)
	b.ResetTimer()
	took := l.run(b, atOnce, b.N)
	for who, time := range processorTimes(b) {
		b.ReportMetric((time-before[who]).Seconds()*1000/float64(b.N), who+"-ms/op")
	}
	b.ReportMetric(took.Seconds()*1000, "p50-ms")
}

// load makes calls.
type load struct {
	url, body string
	client    *http.Client
}

// run makes n calls, some at once, and returns the median of what they took.
func (l load) run(b *testing.B, atOnce, n int) time.Duration {
	b.Helper()
	times := make([]time.Duration, n)
	var next atomic.Int64
	var all sync.WaitGroup
	for range atOnce {
		all.Go(func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				begun := time.Now()
				resp, err := l.client.Post(l.url, "application/json", strings.NewReader(l.body))
				if err != nil {
					b.Error(err)
					return
				}
				_ = resp.Body.Close()
				if times[i] = time.Since(begun); resp.StatusCode != http.StatusOK {
					b.Errorf("got %d", resp.StatusCode)
				}
			}
		})
	}
	all.Wait()
	slices.Sort(times)
	return times[n/2]
}

// processorTimes are what this process, the functions and dynalite have used; on
// Linux alone.
func processorTimes(b *testing.B) map[string]time.Duration {
	b.Helper()
	out := map[string]time.Duration{}
	if runtime.GOOS != "linux" {
		return out
	}
	var own syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &own); err != nil {
		b.Fatal(err)
	}
	out["emulator"] = time.Duration(own.Utime.Nano() + own.Stime.Nano())
	pids, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		b.Fatal(err)
	}
	for _, dir := range pids {
		data, _ := os.ReadFile(filepath.Join(dir, "stat")) // it may have ended
		before, after, _ := strings.Cut(string(data), ") ")
		fields := strings.Fields(after)
		const parent, user, system, tick = 1, 11, 12, 10 * time.Millisecond
		if len(fields) <= system || fields[parent] != strconv.Itoa(os.Getpid()) {
			continue
		}
		who := "dynalite"
		if strings.HasSuffix(before, "(bootstrap") {
			who = "functions"
		}
		for _, field := range []int{user, system} {
			ticks, err := strconv.Atoi(fields[field])
			if err != nil {
				b.Fatal(err)
			}
			out[who] += time.Duration(ticks) * tick
		}
	}
	return out
}
