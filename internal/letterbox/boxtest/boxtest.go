// Package boxtest holds what every [letterbox.Box] promises.
package boxtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/homing-dev/homing/internal/letterbox"
)

// Config is how a box is to be.
type Config struct {
	letterbox.Limits

	// Now is its clock; nil means the real one.
	Now func() time.Time
}

// New returns an empty box. Boxes that a test asks for with the same name are one.
type New func(t *testing.T, name string, c Config) letterbox.Box

// Run tests a box. Each test has boxes of its own.
func Run(t *testing.T, open New) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, New){
		"a letter is found as it was put":             put,
		"a letter under a key replaces another":       replaced,
		"a letter that was put again is not deleted":  putAgain,
		"letters expire":                              expired,
		"a box takes so many letters":                 bounded,
		"a box takes so many bytes":                   boundedBytes,
		"half of a box is left to others":             halved,
		"what was deleted leaves room":                room,
		"what expired leaves room":                    roomOfExpired,
		"large letters of any bytes are kept":         large,
		"many letters are listed":                     many,
		"a list ends when it is left":                 left,
		"one letter of many writers is one":           contended,
		"a call whose context has ended is an error":  cancelled,
		"what is not there is deleted without effect": absent,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open)
		})
	}
}

// list returns the letters by their keys.
func list(t *testing.T, b letterbox.Box) map[string]letterbox.Letter {
	t.Helper()
	all := map[string]letterbox.Letter{}
	for l, err := range b.List(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if _, twice := all[l.Key]; twice {
			t.Errorf("%s is listed twice", l.Key)
		}
		all[l.Key] = l
	}
	return all
}

func has(t *testing.T, b letterbox.Box, want ...string) {
	t.Helper()
	got := slices.Sorted(maps.Keys(list(t, b)))
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("there are the letters %q, want %q", got, want)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func is(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
}

func put(t *testing.T, open New) {
	t.Helper()
	b := open(t, t.Name(), Config{})
	has(t, b)
	began := time.Now().Add(-time.Minute)
	must(t, b.Put(t.Context(), "a-1", []byte(`{"a": 1}`)))
	must(t, open(t, t.Name(), Config{}).Put(t.Context(), "b-2", []byte("b")))
	has(t, b, "a-1", "b-2")
	l, err := b.Get(t.Context(), "a-1")
	must(t, err)
	if string(l.Body) != `{"a": 1}` || l.Key != "a-1" || l.Version == "" || l.Kept.Before(began) || l.Kept.After(time.Now().Add(time.Minute)) {
		t.Errorf("got %+v", l)
	}
	if listed := list(t, b)["a-1"]; listed.Version != l.Version || !listed.Kept.Equal(l.Kept) || !bytes.Equal(listed.Body, l.Body) {
		t.Errorf("listed as %+v, got %+v", listed, l)
	}
	_, err = b.Get(t.Context(), "c")
	is(t, err, letterbox.ErrNone)
	must(t, b.Delete(t.Context(), l))
	has(t, b, "b-2")
	_, err = b.Get(t.Context(), "a-1")
	is(t, err, letterbox.ErrNone)
}

func replaced(t *testing.T, open New) {
	t.Helper()
	b := open(t, t.Name(), Config{Limits: letterbox.Limits{Letters: 1, Bytes: 100}})
	for _, size := range []int{60, 90, 10, 100} {
		body := strings.Repeat("x", size)
		must(t, b.Put(t.Context(), "a", []byte(body)))
		if l := list(t, b)["a"]; string(l.Body) != body {
			t.Errorf("got %s", l.Body)
		}
	}
}

func putAgain(t *testing.T, open New) {
	t.Helper()
	b := open(t, t.Name(), Config{})
	must(t, b.Put(t.Context(), "a", []byte("same")))
	old, err := b.Get(t.Context(), "a")
	must(t, err)
	must(t, b.Put(t.Context(), "a", []byte("same")))
	is(t, b.Delete(t.Context(), old), letterbox.ErrChanged)
	fresh, err := b.Get(t.Context(), "a")
	must(t, err)
	must(t, b.Delete(t.Context(), fresh))
	has(t, b)
}

// clock is one that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Now().Truncate(time.Millisecond)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func expired(t *testing.T, open New) {
	t.Helper()
	c := newClock()
	b := open(t, t.Name(), Config{Now: c.Now, Limits: letterbox.Limits{Retention: time.Hour}})
	must(t, b.Put(t.Context(), "a", []byte("a")))
	c.pass(30 * time.Minute)
	must(t, b.Put(t.Context(), "b", []byte("b")))
	c.pass(30*time.Minute - time.Millisecond)
	has(t, b, "a", "b")
	c.pass(time.Millisecond)
	has(t, b, "b")
	_, err := b.Get(t.Context(), "a")
	is(t, err, letterbox.ErrNone)
	must(t, b.Put(t.Context(), "b", []byte("b"))) // and lives for longer
	c.pass(59 * time.Minute)
	has(t, b, "b")
	c.pass(time.Minute)
	has(t, b)
}

func bounded(t *testing.T, open New) {
	t.Helper()
	b := open(t, t.Name(), Config{Limits: letterbox.Limits{Letters: 3}})
	for i := range 3 {
		must(t, b.Put(t.Context(), strconv.Itoa(i), []byte("x")))
	}
	is(t, b.Put(t.Context(), "3", []byte("x")), letterbox.ErrFull)
	has(t, b, "0", "1", "2")
}

func boundedBytes(t *testing.T, open New) {
	t.Helper()
	b := open(t, t.Name(), Config{Limits: letterbox.Limits{Bytes: 100}})
	is(t, b.Put(t.Context(), "a", make([]byte, 101)), letterbox.ErrFull)
	must(t, b.Put(t.Context(), "a", make([]byte, 60)))
	is(t, b.Put(t.Context(), "b", make([]byte, 41)), letterbox.ErrFull)
	must(t, b.Put(t.Context(), "b", make([]byte, 40)))
	is(t, b.Put(t.Context(), "a", make([]byte, 61)), letterbox.ErrFull)
	if l, err := b.Get(t.Context(), "a"); err != nil || len(l.Body) != 60 {
		t.Errorf("got %d bytes, %v", len(l.Body), err)
	}
	has(t, b, "a", "b")
}

func halved(t *testing.T, open New) {
	t.Helper()
	limits := letterbox.Limits{Letters: 4, Bytes: 100}
	all, half := open(t, t.Name(), Config{Limits: limits}), open(t, t.Name(), Config{Limits: limits.Half()})
	must(t, half.Put(t.Context(), "a", make([]byte, 30)))
	is(t, half.Put(t.Context(), "b", make([]byte, 21)), letterbox.ErrFull)
	must(t, half.Put(t.Context(), "b", make([]byte, 20)))
	is(t, half.Put(t.Context(), "c", nil), letterbox.ErrFull)
	must(t, all.Put(t.Context(), "c", make([]byte, 25)))
	must(t, all.Put(t.Context(), "d", make([]byte, 25)))
	is(t, all.Put(t.Context(), "e", nil), letterbox.ErrFull)
	must(t, half.Put(t.Context(), "a", make([]byte, 10))) // in its own place
	has(t, half, "a", "b", "c", "d")
}

func room(t *testing.T, open New) {
	t.Helper()
	b := open(t, t.Name(), Config{Limits: letterbox.Limits{Letters: 2, Bytes: 10}})
	for range 3 {
		must(t, b.Put(t.Context(), "a", make([]byte, 5)))
		must(t, b.Put(t.Context(), "b", make([]byte, 5)))
		for _, l := range list(t, b) {
			must(t, b.Delete(t.Context(), l))
			must(t, b.Delete(t.Context(), l))
		}
	}
}

func roomOfExpired(t *testing.T, open New) {
	t.Helper()
	c := newClock()
	b := open(t, t.Name(), Config{Now: c.Now, Limits: letterbox.Limits{Letters: 2, Bytes: 10, Retention: time.Hour}})
	for range 3 {
		must(t, b.Put(t.Context(), "a", make([]byte, 5)))
		must(t, b.Put(t.Context(), "b", make([]byte, 5)))
		is(t, b.Put(t.Context(), "c", make([]byte, 1)), letterbox.ErrFull)
		c.pass(time.Hour)
	}
}

func large(t *testing.T, open New) {
	t.Helper()
	b := open(t, t.Name(), Config{})
	bodies := map[string][]byte{"none": {}, "zeros": make([]byte, 1<<20), "bytes": make([]byte, 3<<20+1)}
	for i := range bodies["bytes"] {
		bodies["bytes"][i] = byte(i * i >> 3 & 0xff)
	}
	for key, body := range bodies {
		must(t, b.Put(t.Context(), key, body))
	}
	all := list(t, b)
	for key, body := range bodies {
		l, err := b.Get(t.Context(), key)
		if err != nil || !bytes.Equal(l.Body, body) || !bytes.Equal(all[key].Body, body) {
			t.Errorf("%s: got %d bytes and %d in the list, %v", key, len(l.Body), len(all[key].Body), err)
		}
	}
	must(t, b.Put(t.Context(), "bytes", []byte("short")))
	if l, err := b.Get(t.Context(), "bytes"); err != nil || string(l.Body) != "short" {
		t.Errorf("got %d bytes, %v", len(l.Body), err)
	}
}

func many(t *testing.T, open New) {
	t.Helper()
	b := open(t, t.Name(), Config{})
	want := make([]string, 130)
	for i := range want {
		want[i] = fmt.Sprintf("letter-%d", i)
		must(t, b.Put(t.Context(), want[i], []byte(want[i])))
	}
	has(t, b, want...)
	for key, l := range list(t, b) {
		if string(l.Body) != key {
			t.Errorf("%s has the body %s", key, l.Body)
		}
	}
}

func left(t *testing.T, open New) {
	t.Helper()
	b := open(t, t.Name(), Config{})
	for i := range 5 {
		must(t, b.Put(t.Context(), strconv.Itoa(i), []byte("x")))
	}
	n := 0
	for l, err := range b.List(t.Context()) {
		must(t, err)
		must(t, b.Delete(t.Context(), l)) // as a redrive does
		if n++; n == 3 {
			break
		}
	}
	if n != 3 || len(list(t, b)) != 2 {
		t.Errorf("%d were deleted, %d are left", n, len(list(t, b)))
	}
}

func contended(t *testing.T, open New) {
	t.Helper()
	b := open(t, t.Name(), Config{Limits: letterbox.Limits{Letters: 50}})
	var running sync.WaitGroup
	for i := range 8 {
		running.Go(func() {
			for j := range 5 {
				if err := b.Put(t.Context(), strconv.Itoa(j), fmt.Append(nil, i, j)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	running.Wait()
	has(t, b, "0", "1", "2", "3", "4")
	for _, l := range list(t, b) {
		must(t, b.Delete(t.Context(), l))
	}
	has(t, b)
}

func cancelled(t *testing.T, open New) {
	t.Helper()
	b := open(t, t.Name(), Config{})
	must(t, b.Put(t.Context(), "a", []byte("a")))
	ctx, cancel := contextThatHasEnded(t)
	defer cancel()
	if err := b.Put(ctx, "b", nil); err == nil {
		t.Error("put")
	}
	if _, err := b.Get(ctx, "a"); err == nil {
		t.Error("got")
	}
	n := 0
	for _, err := range b.List(ctx) {
		if n++; err == nil {
			t.Error("listed")
		}
	}
	if n != 1 {
		t.Errorf("a list had %d errors", n)
	}
}

func absent(t *testing.T, open New) {
	t.Helper()
	b := open(t, t.Name(), Config{})
	must(t, b.Delete(t.Context(), letterbox.Letter{Key: "a", Version: "1"}))
	must(t, b.Put(t.Context(), "a", []byte("a")))
	is(t, b.Delete(t.Context(), letterbox.Letter{Key: "a", Version: "1"}), letterbox.ErrChanged)
	has(t, b, "a")
}

func contextThatHasEnded(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx, cancel
}
