package adapter

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
)

// OtherTenants stands for every tenant that [Config.Quotas] does not name.
const OtherTenants = "*"

// Quota is how much a tenant may use of an adapter. The zero value is no limit.
type Quota struct {
	// Rate is how many calls of all chains may come; its By has no meaning.
	Rate functions.Rate
	// Concurrency is how many calls may run at once; 0 means any number.
	Concurrency int
	// Backlog is how many calls with "Prefer: respond-async" may have been accepted whose
	// replies have not come; 0 means any number.
	Backlog int
	// Bytes is how much the reply store keeps of the tenant's requests and replies, in
	// bytes as that counts them; 0 means its share. The store has to be a [reply.Limiting].
	Bytes int64
	// Priority is [functions.PriorityHigh], PriorityNormal or PriorityLow, or "" for
	// that of the chain; if a chain has one, too, the lower one counts.
	Priority string
}

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

// tenantQuotas are the quotas of the tenants, by their names.
type tenantQuotas map[string]*tenantQuota

type tenantQuota struct {
	Quota

	rate, running, backlog *limit // nil for none
}

// withoutNumbers returns the quotas without those of calls at once, which mean nothing in a
// process that is frozen between calls: it runs one, and sees none end elsewhere.
func withoutNumbers(of map[string]Quota, log *slog.Logger) map[string]Quota {
	out := make(map[string]Quota, len(of))
	for tenant, q := range of {
		warnOfNumbers(log, q.Concurrency, q.Backlog, slog.String("tenant", tenant))
		q.Concurrency, q.Backlog = 0, 0
		out[tenant] = q
	}
	return out
}

func warnOfNumbers(log *slog.Logger, running, backlog int, whose slog.Attr) {
	if running > 0 || backlog > 0 {
		log.Warn("a quota of calls at once has no effect in a process that runs one; limit the concurrency of the functions", whose)
	}
}

// limitBytes has the store keep no more of each tenant than its quota.
func limitBytes(store reply.Store, of map[string]Quota) error {
	for tenant, q := range of {
		if q.Bytes <= 0 { // a negative number is refused elsewhere
			continue
		}
		s, can := store.(reply.Limiting)
		if !can {
			return fmt.Errorf("the quota of tenant %q: this reply store does not count the bytes that it keeps", tenant)
		}
		s.Limit(func(tenant string) int64 {
			q, ok := of[tenant]
			if !ok {
				q = of[OtherTenants]
			}
			return q.Bytes
		})
		return nil
	}
	return nil
}

// newTenantQuotas returns the quotas of the tenants, nil if there is none.
func newTenantQuotas(of map[string]Quota, shared *quotaSync) (tenantQuotas, error) {
	if len(of) == 0 {
		return nil, nil //nolint:nilnil // there is none
	}
	q := tenantQuotas{}
	for tenant, quota := range of {
		if err := quota.validate(); err != nil {
			return nil, fmt.Errorf("the quota of tenant %q: %w", tenant, err)
		}
		q[tenant] = &tenantQuota{
			Quota: quota, rate: rateLimit("tenant", "tenant:rate:", quota.Rate, shared),
			running: numberLimit("concurrency", "tenant:concurrency:", quota.Concurrency, "calls of this tenant run", shared),
			backlog: numberLimit("backlog", "tenant:backlog:", quota.Backlog, "calls of this tenant were accepted and have not ended", shared),
		}
	}
	return q, nil
}

func (q Quota) validate() error {
	if err := q.Rate.Validate(); err != nil {
		return err //nolint:wrapcheck // whose it is, the caller adds
	}
	switch {
	case q.Concurrency < 0:
		return errors.New("the concurrency is negative")
	case q.Backlog < 0:
		return errors.New("the backlog is negative")
	case q.Bytes < 0:
		return errors.New("the bytes are less than none")
	}
	return functions.CheckPriority(q.Priority) //nolint:wrapcheck // as above
}

func (q tenantQuotas) find(tenant string) *tenantQuota {
	if found, ok := q[tenant]; ok {
		return found
	}
	return q[OtherTenants]
}

// count counts a call of a tenant, before anything of its body is read, and returns
// why it may not run, or nil. A call that only gets the reply of an earlier one under
// its idempotency key counts, too: it is not known before it is read. h are the
// headers of its answer; nil if it has none of its own.
func (a *Adapter) count(ctx context.Context, h http.Header, c *call) (err error) {
	q := a.quotas.find(c.tenant)
	if q == nil {
		return nil
	}
	if q.rate != nil {
		if err := q.rate.take(ctx, h, c.tenant, c.start); err != nil {
			return err
		}
	}
	if q.running != nil {
		c.counted[0], err = q.running.enter(ctx, c.tenant, c.start)
	}
	return err
}

// countRate does the same for the rate of its chain.
func (c *call) countRate(ctx context.Context, h http.Header) error {
	l := c.route.rate
	if l == nil {
		return nil
	}
	who := c.tenant
	if l.rate.By == functions.RateByChain {
		who = ""
	}
	return l.take(ctx, h, who, c.start)
}

// uncount ends what count and countChain have begun.
func (c *call) uncount() {
	for i, m := range c.counted {
		m.leave()
		c.counted[i] = nil
	}
	if c.backlog != nil && !c.elsewhere {
		c.backlog.done(c.id)
	}
}
