package console_test

import (
	"bytes"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/homing-dev/homing/cmd/homing/internal/console"
)

// tape notes what an indicator gets.
type tape struct {
	mu    sync.Mutex
	lines []string
}

func (p *tape) notef(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lines = append(p.lines, fmt.Sprintf(format, args...))
}

func (p *tape) show(text string) func() {
	p.notef("show %s", text)
	return func() { p.notef("stop") }
}

func (p *tape) is(t *testing.T, want ...string) {
	t.Helper()
	synctest.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.Equal(p.lines, want) {
		t.Errorf("the indicator was told %q, want %q", p.lines, want)
	}
}

func TestNothingTurnsForAShortWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var p tape
		w := console.NewWait("waiting", p.show)
		time.Sleep(console.Patience - 1)
		w.Stop()
		time.Sleep(time.Hour)
		p.is(t)
	})
}

func TestLongWaitShowsAnIndicatorUntilItStops(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var p tape
		w := console.NewWait("waiting", p.show)
		time.Sleep(console.Patience)
		synctest.Wait()
		p.is(t, "show waiting")
		w.Stop()
		w.Stop()
		p.is(t, "show waiting", "stop")
	})
}

func TestNothingTurnsWhileALineIsWritten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var p tape
		w := console.NewWait("waiting", p.show)
		defer w.Stop()
		w.Say("first", func() { p.notef("line 1") })
		p.is(t, "line 1")
		time.Sleep(console.Patience)
		synctest.Wait() // the timer's function runs on a goroutine of its own
		w.Say("second", func() { p.notef("line 2") })
		w.Say("", nil)
		p.is(t, "line 1", "show first", "stop", "line 2", "show second", "stop", "show second")
	})
}

func TestNothingTurnsAfterTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var p tape
		w := console.NewWait("waiting", p.show)
		w.Stop()
		w.Say("late", func() { p.notef("line") })
		time.Sleep(time.Hour)
		p.is(t, "line")
	})
}

func TestNothingTurnsWhereNobodyReadsAlong(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	for _, s := range []console.Stream{{Writer: &out}, {Writer: &out, Terminal: true}, {Writer: &out, Terminal: true, Colour: true}} {
		w := s.Wait("waiting")
		said := false
		w.Say("text", func() { said = true })
		w.Stop()
		if !said || out.Len() > 0 {
			t.Errorf("said is %v, written %q", said, out.String())
		}
	}
}
