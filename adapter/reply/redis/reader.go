package redis

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/internal/backoff"
)

const (
	// streamLife is for how long an arrival is in the stream of its mailbox, or half
	// of that if nothing else comes, and streamLength how many are, about. A
	// reader that was away for longer looks into the mailbox itself.
	streamLife   = time.Minute
	streamLength = 10_000
	// silence is after which time the server is asked whether the connection stands;
	// an answer may take as long.
	silence = 5 * time.Second
	// entriesPerRead is how many entries of a stream one read brings.
	entriesPerRead = 256
	// clockSlack is by how much two servers' clocks may differ, and is more
	// than one of them may be set back.
	clockSlack = 10 * time.Second
)

// errStale means that a connection has missed what another one sees.
var errStale = errors.New("the connection does not bring what has come")

// reader has the server push what comes to some inboxes, by a connection of its
// own: each is a channel. What it has not seen because it was away is in the
// streams. Its fields are guarded by the mutex of the inboxes.
type reader struct {
	all    *inboxes
	tag    string          // what the keys of its streams begin with; "" if they may be in any slot
	slot   string          // a key in the slot, or the first one's
	ctx    context.Context //nolint:containedctx // of what nobody's call asks for
	cancel context.CancelFunc

	inboxes int
	running bool
	down    bool          // the server could not be reached of late
	pushes  *redis.PubSub // the connection; nil if there is none
}

// readerOf returns the reader for a mailbox. ib.mu is held.
func (ib *inboxes) readerOf(box reply.Mailbox) *reader {
	tag, first := "", ib.store.tag(box)
	if _, ok := ib.store.client.(*redis.ClusterClient); ok {
		tag = first // a connection leads to one node
	}
	if rd := ib.readers[tag]; rd != nil {
		return rd
	}
	rd := &reader{all: ib, tag: tag, slot: first}
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

// wake lets a reader see that there is another mailbox, or one less: it looks when
// something comes. If that fails, the connection has ended, and it looks then.
func (rd *reader) wake() {
	rd.all.mu.Lock()
	pushes := rd.pushes
	rd.all.mu.Unlock()
	if pushes != nil {
		_ = pushes.Ping(rd.ctx)
	}
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
		if time.Since(began) > silence {
			failures = 0
		}
		backoff.Sleep(rd.ctx, backoff.Jitter(backoff.Exponential(failures, firstPause, maxPause), jitter))
	}
}

// lost notes that it is not known what has come since.
func (rd *reader) lost() {
	rd.all.mu.Lock()
	defer rd.all.mu.Unlock()
	rd.down, rd.pushes = true, nil
	for _, in := range rd.all.boxes {
		if in.reader == rd {
			in.synced = false
		}
	}
}

// session is what a reader does with one connection.
type session struct {
	*reader

	pushes     *redis.PubSub
	subscribed map[string]*inbox // by channel
	asked      time.Time         // when the server was asked last whether the connection stands
	answered   bool
	idle       bool // nothing has come since
	suspicious bool
}

// connection reads by one connection until that fails.
func (rd *reader) connection() error {
	pushes, err := rd.all.store.subscriber(rd.ctx, rd.slot)
	if err != nil {
		return err
	}
	defer pushes.Close() //nolint:errcheck // nothing is left to be sent
	// A read that waits does not heed its context, but the end of its connection.
	defer context.AfterFunc(rd.ctx, func() { _ = pushes.Close() })()
	rd.all.mu.Lock()
	rd.pushes = pushes
	rd.all.mu.Unlock()
	s := &session{reader: rd, pushes: pushes, subscribed: map[string]*inbox{}, answered: true}
	for {
		if err := s.subscribe(); err != nil {
			return err
		}
		if err := s.ask(); err != nil {
			return err
		}
		message, err := pushes.ReceiveTimeout(rd.ctx, silence)
		if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
			continue
		}
		if err != nil {
			return fmt.Errorf("read arrivals: %w", err)
		}
		if err := s.take(message); err != nil {
			return err
		}
	}
}

// question is what the server repeats.
const question = "there?"

// ask has the server show now and then that the connection stands.
func (s *session) ask() error {
	switch {
	case time.Since(s.asked) < silence:
		return nil
	case !s.answered:
		return errStale
	}
	s.asked, s.answered, s.idle = time.Now(), false, true
	if err := s.pushes.Ping(s.ctx, question); err != nil {
		return fmt.Errorf("look whether the connection stands: %w", err)
	}
	return nil
}

// subscribe has the server push what comes to the inboxes that are open now, and no
// more to others.
func (s *session) subscribe() error {
	var come, gone []string
	s.all.mu.Lock()
	open := map[string]*inbox{}
	var again []*inbox
	for box, in := range s.all.boxes {
		if in.reader != s.reader || !in.open {
			continue
		}
		channel := s.all.store.boxKey(box, "s")
		open[channel] = in
		switch s.subscribed[channel] {
		case in:
		case nil:
			come = append(come, channel)
		default:
			again = append(again, in)
		}
	}
	for channel := range s.subscribed {
		if open[channel] == nil {
			gone = append(gone, channel)
		}
	}
	s.all.mu.Unlock()
	s.subscribed = open
	var err1, err2 error
	if len(come) > 0 {
		err1 = s.pushes.SSubscribe(s.ctx, come...)
	}
	if len(gone) > 0 {
		err2 = s.pushes.SUnsubscribe(s.ctx, gone...)
	}
	if err := errors.Join(err1, err2); err != nil {
		return fmt.Errorf("subscribe to arrivals: %w", err)
	}
	for _, in := range again { // it has come back before it was seen that it was gone
		if err := s.catchUp(in); err != nil {
			return err
		}
	}
	return nil
}

// take takes what the server has sent.
func (s *session) take(message any) error {
	switch m := message.(type) {
	case *redis.Message:
		return s.pushed(m)
	case *redis.Subscription:
		in := s.subscribed[m.Channel]
		switch {
		case in == nil:
			return nil
		case m.Kind == "ssubscribe":
			return s.catchUp(in)
		default:
			return errStale // the slot is another node's now
		}
	case *redis.Pong:
		if m.Payload == question { // else it was only woken
			return s.stands()
		}
	}
	return nil
}

// pushed passes on what a script has published.
func (s *session) pushed(m *redis.Message) error {
	in := s.subscribed[m.Channel]
	if in == nil {
		return nil
	}
	s.idle, s.suspicious = false, false
	a, err := parseValue(m.Payload)
	if err != nil {
		return nil //nolint:nilerr // it is not of this package
	}
	return s.pass(in, []arrival{a})
}

// catchUp passes on what has come to an inbox before it was subscribed to.
func (s *session) catchUp(in *inbox) error {
	s.all.mu.Lock()
	synced := in.synced
	s.all.mu.Unlock()
	if !synced {
		if err := s.resync(in); err != nil {
			return err
		}
	}
	for began := time.Now(); ; {
		s.all.mu.Lock()
		at := in.at
		s.all.mu.Unlock()
		entries, err := s.all.store.after(s.ctx, in.box, at)
		if err != nil {
			return err
		}
		if err := s.pass(in, entries); err != nil {
			return err
		}
		if len(entries) < entriesPerRead {
			s.all.mu.Lock()
			defer s.all.mu.Unlock()
			in.good, s.down = began, false
			return nil
		}
	}
}

// stands is called when the server has shown that the connection stands. If nothing
// has come meanwhile, it is seen whether that is so.
func (s *session) stands() error {
	s.answered = true
	if s.idle {
		return s.compare()
	}
	s.all.mu.Lock()
	defer s.all.mu.Unlock()
	for _, in := range s.subscribed {
		if in.synced {
			in.good = s.asked
		}
	}
	return nil
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

// after returns arrivals from a stream behind a place, without their bodies.
func (s *Store) after(ctx context.Context, box reply.Mailbox, at place) (found []arrival, err error) {
	const what = "read arrivals"
	var entries []redis.XMessage
	err = s.retried(ctx, what, func(ctx context.Context) (err error) {
		entries, err = s.client.XRangeN(ctx, s.boxKey(box, "s"), "("+at.String(), "+", entriesPerRead).Result()
		return err
	})
	for _, e := range entries {
		var a arrival
		if a.place, err = parsePlace(e.ID); err != nil {
			return nil, failed(what, err)
		}
		text, _ := e.Values["i"].(string)
		copy(a.request.ID[:], text)
		found = append(found, a)
	}
	return found, err
}

// pass passes arrivals on.
func (rd *reader) pass(in *inbox, arrivals []arrival) error {
	if err := rd.complement(arrivals); err != nil {
		return err
	}
	for _, a := range arrivals {
		if len(a.body) > 0 {
			rd.all.read(a)
		}
	}
	rd.all.mu.Lock()
	defer rd.all.mu.Unlock()
	for _, a := range arrivals {
		if a.place.after(in.at) {
			in.at = a.place
		}
	}
	return nil
}

// complement reads the bodies of those that have come without. One that is not
// there any more stays so.
func (rd *reader) complement(arrivals []arrival) error {
	var ids []reply.ID
	var into []*arrival
	for i := range arrivals {
		if a := &arrivals[i]; len(a.body) == 0 && a.request.ID != (reply.ID{}) {
			ids, into = append(ids, a.request.ID), append(into, a)
		}
	}
	for len(ids) > 0 {
		n := min(len(ids), recordsPerPage)
		all, err := rd.all.store.lookup(rd.ctx, "read an arrival", "", ids[:n]...)
		if err != nil {
			return err
		}
		for i, f := range all {
			if f.err == nil {
				into[i].request, into[i].body = f.request, f.body
			}
		}
		ids, into = ids[n:], into[n:]
	}
	return nil
}

// compare is called when nothing has come for a while. It looks by another
// connection whether that is so: this one may lead to a server that is no longer
// the master, or the stream may have been lost.
func (s *session) compare() error {
	suspicious := false
	for _, in := range s.subscribed {
		began := time.Now()
		_, last, there, err := s.all.store.ends(s.ctx, in.box)
		if err != nil {
			return err
		}
		s.all.mu.Lock()
		lost := false
		switch {
		case !there:
			in.at, in.good = place{}, began // what comes then may have any place
		case last.after(in.at):
			suspicious = true // or it has just come
		case in.at.after(last):
			in.synced, lost = false, true
		default:
			in.good = began
		}
		s.all.mu.Unlock()
		if lost {
			if err := s.catchUp(in); err != nil {
				return err
			}
		}
	}
	if suspicious && s.suspicious {
		return errStale
	}
	s.suspicious = suspicious
	return nil
}
