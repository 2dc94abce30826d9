package adapter

import (
	"context"
	"math"
	"sync"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
)

// tolerance is by how much the level of a bucket may be off, as it is a sum of many
// fractions.
const tolerance = 1e-6

// meter is what one caller uses of one limit: a token bucket, or how many of its calls
// are there. It is safe for concurrent use.
//
// If replicas share the limit, it is this one's part: its bucket has what the last sync
// has left of that of all, and fills at its share of the rate.
type meter struct {
	limit *limit
	key   string // in the store

	mu    sync.Mutex
	level float64   // of the bucket, in calls
	at    time.Time // when it had that
	held  int64     // calls that are there

	share  float64       // of what comes into the bucket of all
	others int64         // calls that are with other replicas
	known  time.Time     // until when both are believed
	debt   time.Duration // of the bucket of all, after the last sync
	asked  int64         // calls that have come since then
	spent  int64         // those of them that were let in
	told   int64         // of held, to others
	queued bool          // for the next sync
}

// take takes a call out of the bucket, if there is one, and returns what is left.
func (m *meter) take(ctx context.Context, now time.Time) (level float64, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.queue(ctx, now)
	m.fill(now)
	m.asked++
	if ok = m.level > 1-tolerance; ok {
		m.level--
		m.spent++
	}
	return m.level, ok
}

// fill adds to the bucket what has come since.
func (m *meter) fill(now time.Time) {
	if since := now.Sub(m.at); since > 0 {
		m.level = min(m.level+float64(since)*m.limit.perNs*m.share, float64(m.limit.rate.Burst))
		m.at = now
	}
}

// enter lets a call in, as long as there are fewer than the limit.
func (m *meter) enter(ctx context.Context, now time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.queue(ctx, now)
	if m.held+m.others >= m.limit.most {
		return false
	}
	m.held++
	return true
}

// leave may be called on nil.
func (m *meter) leave() {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.held--
}

// queue has the meter synced with those of other replicas: at once if nothing is known
// of them.
func (m *meter) queue(ctx context.Context, now time.Time) {
	fresh := !now.Before(m.known)
	if fresh {
		m.share, m.others = 1, 0
	}
	if s := m.limit.shared; s != nil && !s.inCall && !m.queued {
		m.queued = true
		s.add(ctx, m, fresh)
	}
}

// stale reports whether the last sync was an interval ago.
func (m *meter) stale(now time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return now.Sub(m.synced()) >= quotaInterval
}

func (m *meter) synced() time.Time { return m.known.Add(-quotaBelieved) }

// report returns what is to be reported to others, with some calls more that are not let
// in yet, and how many calls that are.
func (m *meter) report(replica string, prepaid int64) (u reply.Use, calls int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	u = reply.Use{Key: m.key, Replica: replica, Asked: m.asked, Held: m.held, For: quotaBelieved}
	u.Owed = max(m.debt-time.Since(m.synced()), 0)
	calls = m.spent + prepaid
	if m.limit.perNs > 0 {
		u.Spent = time.Duration(float64(calls) / m.limit.perNs)
		if m.share == 1 && u.Owed == 0 && !m.limit.shared.inCall { // nobody else calls: what has come since was for these calls
			m.fill(time.Now())
			u.Spent = min(u.Spent, time.Duration((float64(m.limit.rate.Burst)-m.level)/m.limit.perNs))
		}
	}
	m.asked, m.spent = 0, -prepaid
	return u, calls
}

// learn takes over what all have used, after u was reported.
func (m *meter) learn(u reply.Use, prepaid int64, total reply.Total) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	m.share, m.others, m.known = 1, total.Held, now.Add(quotaBelieved)
	m.told, m.debt = u.Held, total.Debt
	if total.Asked > 0 {
		mine := float64(max(u.Asked, 1))
		m.share = mine / (mine + float64(total.Asked))
	}
	level := float64(m.limit.rate.Burst) - float64(total.Debt)*m.limit.perNs + float64(prepaid)
	if level > 1 {
		level = max(level*m.share, 1)
	}
	m.level, m.at = level-float64(m.spent+prepaid), now // less what was let in meanwhile
}

// unlearn takes a report back that has failed. It may have counted nevertheless: rather
// twice than never. But what has come into the bucket here since is not owed any more.
func (m *meter) unlearn(calls int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fill(time.Now())
	m.spent = min(m.spent+calls, int64(math.Ceil(float64(m.limit.rate.Burst)-m.level)))
}

// idle reports whether others know all of the meter. Then it is not queued any more.
func (m *meter) idle() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.queued = m.asked > 0 || m.spent != 0 || m.held > 0 || m.told != 0
	return !m.queued
}
