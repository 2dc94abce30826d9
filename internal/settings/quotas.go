package settings

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/nearest"
)

const (
	quotaBurst       = "burst"
	quotaConcurrency = "concurrency"
	quotaBacklog     = "backlog"
	quotaBytes       = "bytes"
	quotaPriority    = "priority"
	mostOfQuota      = 1_000_000
)

var (
	errQuotaTwice = errors.New("is there twice")
	errQuotaEmpty = errors.New("has two colons with nothing between them, or one at an end")
	errQuotaBurst = errors.New("has a burst and no rate; write NUMBER/s in front of it")
)

// parseQuotas reads TENANT=LIMITS,... where LIMITS are parted by colons: a rate such as
// 100/s, burst=NUMBER, concurrency=NUMBER, backlog=NUMBER, bytes=SIZE and priority=high,
// normal or low.
func parseQuotas(s string) (map[string]adapter.Quota, error) {
	out := map[string]adapter.Quota{}
	for _, entry := range splitList(s) {
		tenant, limits, _ := strings.Cut(entry, "=")
		if tenant = strings.TrimSpace(tenant); tenant == "" || limits == "" {
			return nil, fmt.Errorf("%.100q is not TENANT=LIMITS, such as shop=100/s:burst=200:concurrency=50", entry)
		}
		if _, twice := out[tenant]; twice {
			return nil, fmt.Errorf("the tenant %q %w", tenant, errQuotaTwice)
		}
		quota, err := parseQuota(limits)
		if err != nil {
			return nil, fmt.Errorf("the tenant %q %w", tenant, err)
		}
		out[tenant] = quota
	}
	return out, nil
}

func parseQuota(s string) (q adapter.Quota, err error) {
	seen := map[string]bool{}
	for limit := range strings.SplitSeq(s, ":") {
		if strings.TrimSpace(limit) == "" {
			return q, errQuotaEmpty
		}
		name, number, named := strings.Cut(strings.TrimSpace(limit), "=")
		if !named {
			name, number = "rate", strings.TrimSpace(limit)
		}
		if seen[name] {
			return q, fmt.Errorf("has two limits %q", name)
		}
		seen[name] = true
		switch {
		case !named:
			err = parseRate(number, &q.Rate)
		case name == quotaBurst:
			q.Rate.Burst, err = wholeNumber(number)
		case name == quotaConcurrency:
			q.Concurrency, err = wholeNumber(number)
		case name == quotaBacklog:
			q.Backlog, err = wholeNumber(number)
		case name == quotaBytes:
			if err = (*Size)(&q.Bytes).Set(number); err != nil {
				err = fmt.Errorf("has the limit %.100q, which %w", "bytes="+number, err)
			}
		case name == quotaPriority:
			q.Priority, err = readPriority(number)
		default:
			err = fmt.Errorf("has an unknown limit %.100q%s", name, nearest.DidYouMean(name, quotaLimits()))
		}
		if err != nil {
			return q, err
		}
	}
	if q.Rate.Burst > 0 && q.Rate.Requests == 0 {
		return q, errQuotaBurst
	}
	return q, nil
}

func quotaLimits() []string {
	return []string{quotaBurst, quotaConcurrency, quotaBacklog, quotaBytes, quotaPriority}
}

func parseRate(s string, to *functions.Rate) (err error) {
	number, unit, _ := strings.Cut(s, "/")
	per, known := map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour}[strings.TrimSpace(unit)]
	if !known {
		return fmt.Errorf("has the limit %.100q, which is no rate; write NUMBER/s, /m or /h", s)
	}
	to.Per = per
	to.Requests, err = wholeNumber(number)
	return err
}

func wholeNumber(s string) (int, error) {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil || n < 1 || n > mostOfQuota {
		return 0, fmt.Errorf("has the limit %.100q, which is not a whole number from 1 to %d", s, mostOfQuota)
	}
	return n, nil
}

func readPriority(s string) (string, error) {
	all := []string{functions.PriorityHigh, functions.PriorityNormal, functions.PriorityLow}
	if !slices.Contains(all, s) {
		return "", fmt.Errorf("has the priority %.100q, which is none of %s%s", s, strings.Join(all, ", "), nearest.DidYouMean(s, all))
	}
	return s, nil
}

// What happens under overload.
const (
	admissionOff      = "off"
	admissionAdaptive = "adaptive"
)

func admission(adaptive *bool) Value {
	var name string
	v := word(&name, admissionOff, admissionOff, admissionAdaptive)
	set := v.Set
	v.Set = func(text string) error {
		err := set(text)
		if err == nil {
			*adaptive = name == admissionAdaptive
		}
		return err
	}
	return v
}
