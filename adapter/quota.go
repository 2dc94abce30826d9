package adapter

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

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
