package redis

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/internal/backoff"
)

const (
	// streamLife is for how long an arrival is in the stream of its mailbox, or half
	// of that if nothing else comes, and streamLength how many are, about. A reader that was away for longer looks
	// into the mailbox itself.
	streamLife   = time.Minute
	streamLength = 10_000
	// stalled is for how long a reader may not have read, until it is not taken for
	// granted any more that all that came is in the stream: an arrival is there for
	// half of its life at least.
	stalled = streamLife / 4
	// block is how long the server is asked to hold a read, and blockGrace what
	// is added to that before the connection is given up as dead.
	block      = 5 * time.Second
	blockGrace = 2 * time.Second
	// entriesPerRead is how many entries of a stream one read brings.
	entriesPerRead = 256
	// clockSlack is by how much two servers' clocks may differ, and is more
	// than one of them may be set back.
	clockSlack = 10 * time.Second
)

// errStale means that a connection has missed what another one sees.
var errStale = errors.New("the connection does not bring what has come")

// reader reads the streams of some inboxes by a connection of its own. Its
// fields are guarded by the mutex of the inboxes.
type reader struct {
	all    *inboxes
	tag    string          // what the keys of its streams begin with; "" if they may be in any slot
	waking string          // the stream by which it is woken
	ctx    context.Context //nolint:containedctx // of what nobody's call asks for
	cancel context.CancelFunc

	inboxes int
	running bool
	down    bool // the server could not be reached of late
}

// readerOf returns the reader for a mailbox. ib.mu is held.
func (ib *inboxes) readerOf(box reply.Mailbox) *reader {
	tag, first := "", ib.store.tag(box)
	if _, ok := ib.store.client.(*redis.ClusterClient); ok {
		tag = first // one call reads streams of one slot only
	}
	if rd := ib.readers[tag]; rd != nil {
		return rd
	}
	rd := &reader{all: ib, tag: tag, waking: first + "w:" + newName()}
	rd.ctx, rd.cancel = context.WithCancel(ib.ctx)
	ib.readers[tag] = rd
	return rd
}

// run starts a reader and returns true, unless it runs. ib.mu is held.
func (ib *inboxes) run(rd *reader) bool {
	if rd.running {
		return false
	}
	rd.running = true
	ib.running.Go(rd.loop)
	return true
}

// wake lets a reader see that it has one more stream to read. If that fails it
// sees it when its read ends.
func (rd *reader) wake(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	_, _ = rd.all.store.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.XAdd(ctx, &redis.XAddArgs{Stream: rd.waking, MaxLen: 1, Values: []string{"w", ""}})
		p.PExpire(ctx, rd.waking, streamLife)
		return nil
	})
}

// loop reads until the reader is cancelled, by one connection after the other.
func (rd *reader) loop() {
	for failures := 0; rd.ctx.Err() == nil; failures++ {
		began := time.Now()
		err := rd.connection()
		if rd.ctx.Err() != nil {
			return
		}
		rd.lost()
		rd.all.store.opts.Logger.LogAttrs(rd.ctx, slog.LevelWarn, "reply store in Redis: reading arrivals is interrupted",
			slog.Any("error", err))
		if time.Since(began) > block {
			failures = 0
		}
		backoff.Sleep(rd.ctx, backoff.Jitter(backoff.Exponential(failures, firstPause, maxPause), jitter))
	}
}

// lost notes that it is not known what has come since.
func (rd *reader) lost() {
	rd.unsync()
	rd.all.mu.Lock()
	defer rd.all.mu.Unlock()
	rd.down = true
}

// unsync has it looked up what has come since.
func (rd *reader) unsync() {
	rd.all.mu.Lock()
	defer rd.all.mu.Unlock()
	for _, in := range rd.all.boxes {
		if in.reader == rd {
			in.synced = false
		}
	}
}

// connection reads by one connection until that fails.
func (rd *reader) connection() error {
	client, err := rd.all.store.dedicated(rd.ctx, rd.waking)
	if err != nil {
		return err
	}
	defer client.Close() //nolint:errcheck // nothing is left to be sent
	// A read that waits does not heed its context, but the end of its connection.
	defer context.AfterFunc(rd.ctx, func() { _ = client.Close() })()
	ctx, cancel := context.WithTimeout(rd.ctx, rd.all.store.opts.Attempt)
	defer cancel()
	if err := client.Ping(ctx).Err(); err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	woken, idle, read := place{}, 0, time.Now()
	for {
		if time.Since(read) > stalled {
			rd.unsync()
		}
		read = time.Now()
		ins, err := rd.sync()
		if err != nil {
			return err
		}
		began := time.Now()
		streams, err := rd.read(client, ins, woken)
		switch {
		case errors.Is(err, redis.Nil):
			if idle, err = rd.idle(ins, idle); err != nil {
				return err
			}
			continue
		case err != nil:
			return fmt.Errorf("read arrivals: %w", err)
		}
		idle = 0
		if err := rd.take(streams, ins, &woken); err != nil {
			return err
		}
		if !full(streams) {
			rd.upTo(ins, began)
		}
	}
}

// sync returns the inboxes that are to be read, by the keys of their streams,
// when it is known from where on.
func (rd *reader) sync() (map[string]*inbox, error) {
	rd.all.mu.Lock()
	ins, unsynced := map[string]*inbox{}, []*inbox{}
	for box, in := range rd.all.boxes {
		if in.reader != rd || !in.open {
			continue
		}
		ins[rd.all.store.boxKey(box, "s")] = in
		if !in.synced {
			unsynced = append(unsynced, in)
		}
	}
	rd.all.mu.Unlock()
	for _, in := range unsynced {
		if err := rd.resync(in); err != nil {
			return nil, err
		}
	}
	rd.all.mu.Lock()
	defer rd.all.mu.Unlock()
	rd.down = false
	return ins, nil
}

// resync finds out from where on a stream is to be read after the connection was
// lost. What may have come and is not in the stream arrives now.
func (rd *reader) resync(in *inbox) error {
	began := time.Now()
	first, last, there, err := rd.all.store.ends(rd.ctx, in.box)
	if err != nil {
		return err
	}
	rd.all.mu.Lock()
	at, age := in.at, time.Since(in.good)+clockSlack
	intact := in.known && there && !at.after(last) && (at == last || !first.after(at))
	switch {
	case intact:
	case in.known && (!there || at.after(last)): // what comes now may have places that have passed
		at = place{}
		for _, l := range in.listeners {
			l.after = place{}
		}
	default:
		at = last
	}
	rd.all.mu.Unlock()
	if !intact {
		err := rd.all.store.collect(rd.ctx, in.box, reply.ID{}, strconv.FormatInt(age.Milliseconds(), 10), rd.all.read)
		if err != nil {
			return err
		}
	}
	rd.all.mu.Lock()
	defer rd.all.mu.Unlock()
	in.at, in.known, in.synced, in.good = at, true, true, began
	return nil
}

// ends returns the first and the last place of the stream of a mailbox, unless
// there is none.
func (s *Store) ends(ctx context.Context, box reply.Mailbox) (first, last place, there bool, err error) {
	const what = "find the last arrival"
	answer, err := s.call(ctx, what, s.scripts.stream, []string{s.boxKey(box, "s")})
	if err != nil {
		return place{}, place{}, false, err
	}
	first, err1 := parsePlace(texts(answer).at(0))
	last, err2 := parsePlace(texts(answer).at(1))
	if err := errors.Join(err1, err2); err != nil {
		return place{}, place{}, false, failed(what, err)
	}
	return first, last, texts(answer).at(1) != "", nil
}

// read waits for entries behind those that were read.
func (rd *reader) read(client *redis.Client, ins map[string]*inbox, woken place) ([]redis.XStream, error) {
	keys, places := make([]string, 0, 2*(1+len(ins))), make([]string, 0, 1+len(ins))
	keys, places = append(keys, rd.waking), append(places, woken.String())
	rd.all.mu.Lock()
	for key, in := range ins {
		keys, places = append(keys, key), append(places, in.at.String())
	}
	rd.all.mu.Unlock()
	ctx, cancel := context.WithTimeout(rd.ctx, block+blockGrace)
	defer cancel()
	return client.XRead(ctx, &redis.XReadArgs{Streams: append(keys, places...), Count: entriesPerRead, Block: block}).Result()
}

// take passes entries on.
func (rd *reader) take(streams []redis.XStream, ins map[string]*inbox, woken *place) error {
	for _, stream := range streams {
		in := ins[stream.Stream]
		arrivals := make([]arrival, 0, len(stream.Messages))
		for _, m := range stream.Messages {
			at, err := parsePlace(m.ID)
			if err != nil {
				return err
			}
			if in == nil {
				*woken = at
				continue
			}
			arrivals = append(arrivals, parseEntry(at, m.Values))
		}
		if in == nil || len(arrivals) == 0 {
			continue
		}
		if err := rd.complement(arrivals); err != nil {
			return err
		}
		for _, a := range arrivals {
			if len(a.body) > 0 {
				rd.all.read(a)
			}
		}
		rd.all.mu.Lock()
		in.at = arrivals[len(arrivals)-1].place
		rd.all.mu.Unlock()
	}
	return nil
}

// parseEntry reads what the script has put into a stream. An entry that is not
// of this package has no body, nor an id.
func parseEntry(at place, values map[string]any) arrival {
	text := func(name string) string { s, _ := values[name].(string); return s }
	var id reply.ID
	if copy(id[:], text("i")) != len(id) {
		return arrival{place: at}
	}
	a := arrival{request: reply.Request{ID: id}}
	if value := text("d"); value != "" {
		var err error
		if a, err = parseValue(id, value); err != nil {
			return arrival{place: at}
		}
		a.fillIn(reply.Request{Tenant: text("t"), Chain: text("c"), Key: text("k")})
	}
	a.place = at
	return a
}

// complement reads the bodies of those that are too large for a stream. One
// that is not there any more stays without.
func (rd *reader) complement(arrivals []arrival) error {
	for i := range arrivals {
		a := &arrivals[i]
		if len(a.body) > 0 || a.request.ID == (reply.ID{}) {
			continue
		}
		all, err := rd.all.store.lookup(rd.ctx, "read an arrival", "", a.request.ID)
		if err != nil {
			return err
		}
		if all[0].err == nil {
			a.request, a.body = all[0].request, all[0].body
		}
	}
	return nil
}

// full reports whether there may be more to read of a stream.
func full(streams []redis.XStream) bool {
	return slices.ContainsFunc(streams, func(x redis.XStream) bool { return len(x.Messages) == entriesPerRead })
}

// upTo notes that what came before a moment was read.
func (rd *reader) upTo(ins map[string]*inbox, moment time.Time) {
	rd.all.mu.Lock()
	defer rd.all.mu.Unlock()
	for _, in := range ins {
		in.good = moment
	}
}

// idle is called when nothing has come for a while. It looks by another
// connection whether that is so: this one may lead to a server that is no longer
// the master, or the stream may have been lost.
func (rd *reader) idle(ins map[string]*inbox, before int) (int, error) {
	suspicious := false
	for _, in := range ins {
		began := time.Now()
		_, last, there, err := rd.all.store.ends(rd.ctx, in.box)
		if err != nil {
			return 0, err
		}
		rd.all.mu.Lock()
		switch {
		case !there:
			in.at, in.good = place{}, began // what comes then may have any place
		case last.after(in.at):
			suspicious = true // or it has just come
		case in.at.after(last):
			in.synced = false
		default:
			in.good = began
		}
		rd.all.mu.Unlock()
	}
	switch {
	case !suspicious:
		return 0, nil
	case before > 0:
		return 0, errStale
	default:
		return before + 1, nil
	}
}
