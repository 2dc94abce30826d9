package adapter

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"

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
	// Priority is [functions.PriorityHigh], PriorityNormal or PriorityLow, or "" for
	// that of the chain; if a chain has one, too, the lower one counts.
	Priority string
}

// maxBuckets is how many callers a quota knows at once. If there are more, that one
// is forgotten which has not called for the longest time: it gets a full bucket again.
const maxBuckets = 16 << 10

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

// buckets are the token buckets of one quota, by who uses it. They are safe for
// concurrent use.
type buckets struct {
	name   string // of the quota
	limit  functions.Rate
	policy string // for RateLimit-Policy
	by     *lru.Cache[string, *rate.Limiter]
}

// newBuckets returns the buckets of a rate, nil for any number of calls.
func newBuckets(name string, r functions.Rate) *buckets {
	if r = r.WithDefaults(); r.Requests == 0 {
		return nil
	}
	by, _ := lru.New[string, *rate.Limiter](maxBuckets) // fails for a size below one
	return &buckets{
		name: name, limit: r, by: by,
		policy: fmt.Sprintf(`"%s";q=%d;w=%d`, name, r.Requests, int64(r.Per/time.Second)),
	}
}

func (b *buckets) of(who string) *rate.Limiter {
	if found, ok := b.by.Get(who); ok {
		return found
	}
	made := rate.NewLimiter(rate.Limit(float64(b.limit.Requests)/b.limit.Per.Seconds()), b.limit.Burst)
	if earlier, had, _ := b.by.PeekOrAdd(who, made); had {
		return earlier
	}
	return made
}

// take counts a call, adds to the headers what is left, and returns why the call may
// not run, or nil. A call that is refused is not counted.
func (b *buckets) take(h http.Header, who string, now time.Time) error {
	bucket := b.of(who)
	taken := bucket.AllowN(now, 1)
	tokens := max(bucket.TokensAt(now), 0)
	perSecond := float64(bucket.Limit())
	if h != nil {
		full := math.Ceil((float64(b.limit.Burst) - tokens) / perSecond)
		line := make([]byte, 0, 48)
		line = append(append(append(line, '"'), b.name...), `";r=`...)
		line = append(strconv.AppendInt(line, int64(tokens), 10), ";t="...)
		appendTo(h, rateLimitHeader, string(strconv.AppendInt(line, int64(full), 10)))
		appendTo(h, rateLimitPolicyHeader, b.policy)
	}
	if taken {
		return nil
	}
	whole := time.Duration(max(1-tokens, 0) / perSecond * float64(time.Second))
	return overQuota(whole, "the quota %q of %d calls in %s is used up; try again later", b.name, b.limit.Requests, short(b.limit.Per))
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
func appendTo(h http.Header, name, member string) {
	if had := h[name]; len(had) > 0 {
		member = had[0] + ", " + member
	}
	h[name] = []string{member}
}

func overQuota(after time.Duration, format string, args ...any) error {
	return &functions.Error{RetryAfter: max(after, time.Nanosecond), Cause: errQuota, Problem: functions.Problem{
		Status: http.StatusTooManyRequests, Type: quotaProblem, Title: "Quota exceeded", Detail: fmt.Sprintf(format, args...),
	}}
}

// tenantQuotas are the quotas of the tenants. They are safe for concurrent use.
type tenantQuotas struct {
	of map[string]*tenantQuota

	mu      sync.Mutex
	running map[string]int // calls of the tenants that have a limit
}

type tenantQuota struct {
	Quota

	rate *buckets // nil for none
}

// newTenantQuotas returns the quotas of the tenants, nil if there is none.
func newTenantQuotas(of map[string]Quota) (*tenantQuotas, error) {
	if len(of) == 0 {
		return nil, nil //nolint:nilnil // there is none
	}
	q := &tenantQuotas{of: map[string]*tenantQuota{}, running: map[string]int{}}
	for tenant, quota := range of {
		if err := quota.Rate.Validate(); err != nil {
			return nil, fmt.Errorf("the quota of tenant %q: %w", tenant, err)
		}
		if quota.Concurrency < 0 {
			return nil, fmt.Errorf("the quota of tenant %q: the concurrency is negative", tenant)
		}
		if err := functions.CheckPriority(quota.Priority); err != nil {
			return nil, fmt.Errorf("the quota of tenant %q: %w", tenant, err)
		}
		q.of[tenant] = &tenantQuota{quota, newBuckets("tenant", quota.Rate)}
	}
	return q, nil
}

func (q *tenantQuotas) find(tenant string) *tenantQuota {
	if found, ok := q.of[tenant]; ok {
		return found
	}
	return q.of[OtherTenants]
}

// enter lets a call of a tenant run, as long as that has fewer than its limit.
func (q *tenantQuotas) enter(tenant string, limit int) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.running[tenant] >= limit {
		return false
	}
	q.running[tenant]++
	return true
}

func (q *tenantQuotas) leave(tenant string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.running[tenant]--; q.running[tenant] == 0 {
		delete(q.running, tenant)
	}
}

// count counts a call of a tenant, before anything of its body is read, and returns
// why it may not run, or nil. A call that only gets the reply of an earlier one under
// its idempotency key counts, too: it is not known before it is read. h are the
// headers of its answer; nil if it has none of its own.
func (a *Adapter) count(h http.Header, c *call) error {
	if a.quotas == nil {
		return nil
	}
	q := a.quotas.find(c.tenant)
	if q == nil {
		return nil
	}
	if q.rate != nil {
		if err := q.rate.take(h, c.tenant, c.start); err != nil {
			return err
		}
	}
	if q.Concurrency == 0 {
		return nil
	}
	if !a.quotas.enter(c.tenant, q.Concurrency) {
		return overQuota(time.Second,
			"the quota \"concurrency\" is used up: %d calls of this tenant run, as many as may; try again later", q.Concurrency)
	}
	c.counted = a.quotas
	return nil
}

// countChain does the same for its chain.
func (c *call) countChain(h http.Header) error {
	b := c.route.rate
	if b == nil {
		return nil
	}
	who := c.tenant
	if b.limit.By == functions.RateByChain {
		who = ""
	}
	return b.take(h, who, c.start)
}

// uncount ends what count has begun.
func (c *call) uncount() {
	if c.counted != nil {
		c.counted.leave(c.tenant)
		c.counted = nil
	}
}
