package main

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// storiesOfASign is how many calls with the same sign are told in full.
const storiesOfASign = 2

// ledger is the account of a run. It is safe for concurrent use.
type ledger struct {
	cfg   config
	began time.Time

	mu       sync.Mutex
	took     time.Duration
	judged   int
	outcomes map[string]map[string]int // by mode and outcome
	times    map[string][]time.Duration
	faults   map[string]int // faulty calls by kind
	signs    map[string]int // faults by kind, mode and what was seen
	stories  []string
	deaths   []string       // processes that ended by themselves, and what no sound program logs
	done     map[string]int // faults that were injected, by kind and target
	bare     int            // 429 and 503 without Retry-After
	looks    int
	accepted map[string]int // outcomes of what was accepted: of calls with a 202
	broker   brokerCounts
	cuts     map[string]int64 // connections that were cut, by link

	stalls  int // how often the machine stood still
	stalled time.Duration
	starved map[string]time.Duration // adapters got no processor, though they wanted one
	slowed  int                      // how often the rate was lowered
	least   float64                  // calls in a second

	executions, requests, most int // of the last step
}

func newLedger(cfg config) *ledger {
	return &ledger{
		cfg: cfg, began: time.Now(), outcomes: map[string]map[string]int{}, times: map[string][]time.Duration{},
		faults: map[string]int{}, signs: map[string]int{}, done: map[string]int{}, cuts: map[string]int64{},
		accepted: map[string]int{},
	}
}

// enter takes a judged call into the account. about returns what else is known of
// the request with an id, for a call with a fault.
func (l *ledger) enter(c *call, v verdict, about func(*call) string) {
	text := l.count(c, v)
	if text == "" {
		return
	}
	text += "  " + c.story() + about(c) // takes long, for a call with many looks
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stories = append(l.stories, text)
}

// count counts a judged call, and returns its faults if its story is to be told.
func (l *ledger) count(c *call, v verdict) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.judged++
	if l.outcomes[c.mode] == nil {
		l.outcomes[c.mode] = map[string]int{}
	}
	l.outcomes[c.mode][v.outcome]++
	l.times[c.mode] = append(l.times[c.mode], c.ended.Sub(c.began))
	l.looks += len(c.looks)
	if slices.ContainsFunc(c.looks, func(l look) bool { return l.kind == pending }) {
		l.accepted[v.outcome]++
	}
	for _, look := range c.looks {
		if look.bare {
			l.bare++
		}
	}
	var text strings.Builder
	told := false
	kinds := map[string]bool{}
	for _, f := range v.faults {
		text.WriteString(f.kind + ": " + f.why + "\n")
		sign := f.sign(c.mode)
		l.signs[sign]++
		told = told || l.signs[sign] <= storiesOfASign
		if !kinds[f.kind] {
			l.faults[f.kind]++
		}
		kinds[f.kind] = true
	}
	if !told {
		return ""
	}
	return text.String()
}

// number is what differs between faults of one cause.
var number = regexp.MustCompile(`[0-9a-f]+(-[0-9a-f]+)+|[0-9]+(\.[0-9]+)?`)

// sign is what a fault has in common with others.
func (f fault) sign(mode string) string {
	const most = 120
	text := f.kind + ", " + mode + ", " + number.ReplaceAllString(f.why, "#")
	return text[:min(len(text), most)]
}

// died notes a process that ended by itself, or wrote what no sound program does.
func (l *ledger) died(name, how string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.deaths = append(l.deaths, name+": "+how)
}

// inject notes a fault that was injected.
func (l *ledger) inject(kind, target string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.done[kind+" "+target]++
}

// failed reports whether what was tested has failed.
func (l *ledger) failed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.faults) > 0 || len(l.deaths) > 0
}
