package wrk

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Result is what wrk reports of one run.
type Result struct {
	// Requests that were answered.
	Requests int
	// Duration from the first connection to the end of the run.
	Duration time.Duration
	// P50, P99 and Max are latencies of a request.
	P50, P99, Max time.Duration
	// SocketErrors counts failures to connect, read, write, and timeouts.
	SocketErrors int
	// BadStatus counts answers that are neither 2xx nor 3xx.
	BadStatus int
}

// Rate is the number of answers per second; 0 if nothing ran.
func (r Result) Rate() float64 {
	if r.Duration <= 0 {
		return 0
	}
	return float64(r.Requests) / r.Duration.Seconds()
}

// Check says why the run does not count: a request that failed, or none that
// succeeded.
func (r Result) Check() error {
	switch {
	case r.SocketErrors > 0:
		return fmt.Errorf("%d of %d requests ended with a socket error", r.SocketErrors, r.Requests)
	case r.BadStatus > 0:
		return fmt.Errorf("%d of %d answers were not 2xx", r.BadStatus, r.Requests)
	case r.Requests == 0:
		return errors.New("no request was answered")
	default:
		return nil
	}
}

// Parse reads the output of "wrk --latency".
func Parse(output string) (Result, error) {
	var r Result
	p := parser{output: output}
	r.Requests = p.count(`(\d+) requests in `)
	r.Duration = p.duration(` requests in (\S+),`)
	r.P50 = p.duration(`(?m)^ +50% +(\S+)`)
	r.P99 = p.duration(`(?m)^ +99% +(\S+)`)
	r.Max = p.duration(`(?m)^ +Latency +\S+ +\S+ +(\S+)`)
	if strings.Contains(output, "Socket errors:") { // the line is there only if there are any
		for _, kind := range []string{"connect", "read", "write", "timeout"} {
			r.SocketErrors += p.count(kind + ` (\d+)`)
		}
	}
	if strings.Contains(output, "Non-2xx") {
		r.BadStatus = p.count(`Non-2xx or 3xx responses: (\d+)`)
	}
	if p.err != nil {
		return Result{}, p.err
	}
	return r, nil
}

// parser finds values in an output and remembers its first error.
type parser struct {
	output string
	err    error
}

func (p *parser) find(pattern string) string {
	found := regexp.MustCompile(pattern).FindStringSubmatch(p.output)
	if found == nil {
		p.fail(fmt.Errorf("the output of wrk has no %q", pattern))
		return ""
	}
	return found[1]
}

func (p *parser) count(pattern string) int {
	text := p.find(pattern)
	if p.err != nil {
		return 0
	}
	n, err := strconv.Atoi(text)
	p.fail(err)
	return n
}

func (p *parser) duration(pattern string) time.Duration {
	text := p.find(pattern)
	if p.err != nil {
		return 0
	}
	d, err := ParseDuration(text)
	p.fail(err)
	return d
}

func (p *parser) fail(err error) {
	if p.err == nil {
		p.err = err
	}
}
