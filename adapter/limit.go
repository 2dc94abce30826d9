package adapter

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/homing-dev/homing/functions"
)

// maxMeters is how many callers a quota knows at once. If there are more, that one
// is forgotten which has not called for the longest time: it begins anew.
const maxMeters = 16 << 10

// errQuota is the cause of a refusal for a quota.
var errQuota = errors.New("quota exceeded")

// quotaProblem is the type of such a problem (draft-ietf-httpapi-ratelimit-headers,
// section "Quota Exceeded").
const quotaProblem = "https://iana.org/assignments/http-problem-types#quota-exceeded"

// Headers of the same draft, in the canonical form of net/http.
const (
	rateLimitHeader       = "Ratelimit"
	rateLimitPolicyHeader = "Ratelimit-Policy"
)

// limit is one quota: how many calls may come, or be there at once, of each who uses
// it. It is safe for concurrent use.
type limit struct {
	name   string         // in problems and headers
	key    string         // begins those of its meters in the store
	rate   functions.Rate // the zero value if it limits how many are there at once
	perNs  float64        // calls, of a rate
	most   int64          // calls at once
	what   string         // these calls, for who is refused
	policy []string       // for RateLimit-Policy
	shared *quotaSync     // nil if each replica has all of it
	meters *lru.Cache[string, *meter]
	last   atomic.Pointer[meter] // as most callers call again and again
}

func newLimit(name, key string, shared *quotaSync) *limit {
	meters, _ := lru.New[string, *meter](maxMeters) // fails for a size below one
	return &limit{name: name, key: key, shared: shared, meters: meters}
}

// rateLimit returns the quota of a rate, nil for any number of calls. key begins those of its
// meters in the store.
func rateLimit(name, key string, r functions.Rate, shared *quotaSync) *limit {
	if r = r.WithDefaults(); r.Requests == 0 {
		return nil
	}
	l := newLimit(name, key, shared)
	l.rate, l.perNs = r, float64(r.Requests)/float64(r.Per)
	l.policy = []string{fmt.Sprintf(`"%s";q=%d;w=%d`, name, r.Requests, int64(r.Per/time.Second))}
	return l
}

// numberLimit returns the quota of so many calls at once, nil for any number.
func numberLimit(name, key string, most int, what string, shared *quotaSync) *limit {
	if most == 0 {
		return nil
	}
	l := newLimit(name, key, shared)
	l.most, l.what = int64(most), what
	return l
}

func (l *limit) of(who string) *meter {
	if m := l.last.Load(); m != nil && m.key[len(l.key):] == who {
		return m
	}
	m, ok := l.meters.Get(who)
	if !ok {
		m = &meter{limit: l, key: l.key + who, level: float64(l.rate.Burst), share: 1}
		if earlier, had, _ := l.meters.PeekOrAdd(who, m); had {
			m = earlier
		}
	}
	l.last.Store(m)
	return m
}

// take counts a call, adds to the headers what is left, and returns why the call may
// not run, or nil. A call that is refused is not counted.
func (l *limit) take(ctx context.Context, h http.Header, who string, now time.Time) error {
	m := l.of(who)
	paid := l.shared.due(m, now)
	if paid {
		l.shared.syncInCall(ctx, m, 1)
	}
	level, taken := m.take(ctx, now)
	if paid && !taken { // the process may be frozen for long
		l.shared.syncInCall(ctx, m, 0)
	}
	if h != nil {
		left := max(level, 0)
		full := math.Ceil((float64(l.rate.Burst) - left) / l.perNs / float64(time.Second))
		line := make([]byte, 0, 48)
		line = append(append(append(line, '"'), l.name...), `";r=`...)
		line = append(strconv.AppendInt(line, int64(left+tolerance), 10), ";t="...)
		line = strconv.AppendInt(line, int64(full), 10)
		appendTo(h, rateLimitHeader, []string{string(line)})
		appendTo(h, rateLimitPolicyHeader, l.policy)
	}
	if taken {
		return nil
	}
	after := time.Duration((1 - level) / l.perNs)
	return overQuota(after, "the quota %q of %d calls in %s is used up; try again later", l.name, l.rate.Requests, short(l.rate.Per))
}

// enter counts a call that is there from now on, until leave is called for what enter
// returns, or returns why it may not be.
func (l *limit) enter(ctx context.Context, who string, now time.Time) (*meter, error) {
	if m := l.of(who); m.enter(ctx, now) {
		return m, nil
	}
	return nil, overQuota(time.Second, "the quota %q is used up: %d %s, as many as may; try again later", l.name, l.most, l.what)
}

// short writes a time without units that are zero, as in 1m.
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-len("0s")]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-len("0m")]
	}
	return s
}

// appendTo adds a member to a list in one line (RFC 9651 section 4.2).
func appendTo(h http.Header, name string, member []string) {
	if had := h[name]; len(had) > 0 {
		member = []string{had[0] + ", " + member[0]}
	}
	h[name] = member
}

func overQuota(after time.Duration, format string, args ...any) error {
	return &functions.Error{RetryAfter: max(after, time.Nanosecond), Cause: errQuota, Problem: functions.Problem{
		Status: http.StatusTooManyRequests, Type: quotaProblem, Title: "Quota exceeded", Detail: fmt.Sprintf(format, args...),
	}}
}
