package redis

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/homing-dev/homing/adapter/reply"
)

// Store implements [reply.Store] and [reply.Notifier] on a server. Create one
// with [Open] or [New], and close it. It is safe for concurrent use, by any
// number of processes on the same server.
//
// A call is retried while the server cannot take it: it is out of reach, silent,
// loading, or a replica that is to become the master. Every change carries a
// random name, so that one whose answer was lost is recognised when it is
// repeated: its own earlier attempt is success and never a conflict. A call ends
// at the deadline of its context; if that is cancelled, it waits for the answer
// that is under way, for [Options.Attempt] at most.
//
// An error that is not one of package reply names the operation and what the
// last attempt met, and no data.
type Store struct {
	opts    Options
	client  redis.UniversalClient
	owned   bool // Close closes the client
	scripts *scripts
	inboxes inboxes
	share   atomic.Int64 // bytes of a tenant; 0 for no limit
	most    atomic.Pointer[func(tenant string) int64]
}

var (
	_ reply.Store    = (*Store)(nil)
	_ reply.Notifier = (*Store)(nil)
	_ reply.Sharing  = (*Store)(nil)
	_ reply.Limiting = (*Store)(nil)
	_ reply.Counting = (*Store)(nil)
)

// New creates a store that uses a client, and leaves it open when it is closed.
// Nothing is called. The client should not retry by itself (MaxRetries -1) and
// must heed deadlines of contexts (ContextTimeoutEnabled). ctx is for its
// values only.
func New(ctx context.Context, client redis.UniversalClient, opts Options) (*Store, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	switch client.(type) {
	case *redis.Client, *redis.ClusterClient:
	default:
		return nil, fmt.Errorf("%w, not a %T", errClient, client)
	}
	scripts, err := newScripts()
	if err != nil {
		return nil, fmt.Errorf("scripts of the reply store in Redis: %w", err)
	}
	s := &Store{opts: opts, client: client, scripts: scripts}
	s.inboxes.start(ctx, s)
	return s, nil
}

// Close ends what listens to mailboxes, and the connections. The store must not
// be used afterwards.
func (s *Store) Close() error {
	s.inboxes.close()
	if !s.owned {
		return nil
	}
	if err := s.client.Close(); err != nil {
		return fmt.Errorf("close the reply store in Redis: %w", err)
	}
	return nil
}

// Lookup implements [reply.Store]. It is one call.
func (s *Store) Lookup(ctx context.Context, id reply.ID) (reply.Record, error) {
	found, err := s.lookup(ctx, "lookup", "", id)
	switch {
	case err != nil:
		return reply.Record{}, err
	case found[0].err != nil:
		return reply.Record{}, found[0].err
	}
	f := found[0]
	rec := reply.Record{Request: f.request, State: f.state}
	if f.state == reply.Completed {
		if rec.Reply, err = f.reply(); err != nil {
			return reply.Record{}, failed("lookup", err)
		}
	}
	return rec, nil
}

// found is what is known of an id, or one of the errors of Lookup. A request
// that is not completed has no place and no body.
type found struct {
	arrival

	state reply.State
	err   error
}

// errEarlier means that a reply came before the moment that is asked for.
var errEarlier = errors.New("the reply came earlier")

// lookup reads records of one mailbox. Completed records that are older than age
// are left out by errEarlier, unless it is "".
func (s *Store) lookup(ctx context.Context, what, age string, ids ...reply.ID) ([]found, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	keys, args := append(make([]string, 0, 1+2*len(ids)), s.keys(ids[0]).index), append(make([]any, 0, 2+len(ids)), s.named(), age)
	for _, id := range ids {
		k := s.keys(id)
		keys, args = append(keys, k.record, k.body), append(args, id[:])
	}
	answer, err := s.call(ctx, what, s.scripts.lookup, keys, args...)
	if err != nil {
		return nil, err
	}
	if len(answer) != len(ids) {
		return nil, failed(what, errMalformed)
	}
	all := make([]found, 0, len(ids))
	for i, id := range ids {
		fields, _ := answer[i].([]any)
		f, err := parseRecord(id, texts(fields))
		if err != nil {
			return nil, failed(what, err)
		}
		all = append(all, f)
	}
	return all, nil
}

func parseRecord(id reply.ID, t texts) (found, error) {
	switch t.at(0) {
	case "UNKNOWN":
		return found{err: reply.ErrUnknown}, nil
	case "EXPIRED":
		return found{err: reply.ErrExpired}, nil
	case "EARLIER":
		return found{err: errEarlier}, nil
	}
	f := found{state: reply.Pending}
	switch t.at(0) {
	case "P":
	case "X":
		f.state = reply.Cancelled
	case "C":
		f.state = reply.Completed
	default:
		return f, errMalformed
	}
	registered, err := parseRequest(id, t[1:])
	if f.state == reply.Pending {
		registered.Callback = t.at(7) //nolint:mnd // as the script lists them
	}
	if f.request = registered; err != nil || f.state != reply.Completed {
		return f, err
	}
	f.arrival, err = parseValue(t.at(6)) //nolint:mnd // as the script lists them
	f.fillIn(registered)
	return f, err
}

// parseRequest reads tenant, chain, key, deadline and expiry.
func parseRequest(id reply.ID, t texts) (reply.Request, error) {
	deadline, err1 := parseMoment(t.at(3)) //nolint:mnd // as the scripts list them
	expires, err2 := parseMoment(t.at(4))  //nolint:mnd // as the scripts list them
	r := reply.Request{ID: id, Tenant: t.at(0), Chain: t.at(1), Deadline: deadline, Expires: expires}
	r.Key = t.at(2) //nolint:mnd // as the scripts list them
	return r, errors.Join(err1, err2)
}

const (
	// idsPerPage is how many ids of a mailbox are read by one call, about.
	idsPerPage = 1000
	// recordsPerPage is how many records are.
	recordsPerPage = 64
)

// Collect implements [reply.Store]. It reads the ids of all that is in the
// mailbox and then those records that are asked for, page by page, so it is no
// picture of one moment.
func (s *Store) Collect(ctx context.Context, box reply.Mailbox, since reply.ID) ([]reply.Reply, error) {
	out := []reply.Reply{}
	var malformed error
	err := s.collect(ctx, box, since, "", func(a arrival) {
		r, err := a.reply()
		if err != nil {
			malformed = failed("collect", err)
		}
		out = append(out, r)
	})
	return out, errors.Join(err, malformed)
}

// collect passes on the completed records of a mailbox in the order of their
// ids: those from since on, and not completed longer ago than age, unless that is "".
func (s *Store) collect(ctx context.Context, box reply.Mailbox, since reply.ID, age string, each func(arrival)) error {
	ids, err := s.idsOf(ctx, box, since)
	if err != nil {
		return err
	}
	for page := range slices.Chunk(ids, recordsPerPage) {
		all, err := s.lookup(ctx, "collect", age, page...)
		if err != nil {
			return err
		}
		for _, f := range all {
			if f.err == nil && f.state == reply.Completed {
				each(f.arrival)
			}
		}
	}
	return nil
}

// idsOf returns the ids of what is in a mailbox, whatever its state, in their
// order, and of little that has expired.
func (s *Store) idsOf(ctx context.Context, box reply.Mailbox, since reply.ID) ([]reply.ID, error) {
	now, err := s.present(ctx)
	if err != nil {
		return nil, err
	}
	expired := float64(now.Add(-clockSlack).UnixMilli())
	var ids []reply.ID
	for cursor := uint64(0); ; {
		var members []string
		var next uint64
		err = s.retried(ctx, "collect", func(ctx context.Context) (err error) {
			members, next, err = s.client.ZScan(ctx, s.boxKey(box, "i"), cursor, "", idsPerPage).Result()
			return err
		})
		if err != nil {
			return nil, err
		}
		for i := 0; i+1 < len(members); i += 2 { // each is followed by its score
			if expires, err := strconv.ParseFloat(members[i+1], 64); err == nil && expires < expired {
				continue
			}
			var id reply.ID
			if copy(id[:], members[i]) == len(id) && id.Compare(since) >= 0 {
				ids = append(ids, id)
			}
		}
		if cursor = next; cursor == 0 {
			slices.SortFunc(ids, reply.ID.Compare)
			return slices.Compact(ids), nil // a page may have what an earlier one had
		}
	}
}

// present is the present by the clock that decides about expiry.
func (s *Store) present(ctx context.Context) (now time.Time, err error) {
	if s.opts.Now != nil {
		return s.opts.Now(), nil
	}
	err = s.retried(ctx, "collect", func(ctx context.Context) (err error) {
		now, err = s.client.Time(ctx).Result()
		return err
	})
	return now, err
}
