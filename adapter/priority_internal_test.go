package adapter

import (
	"net/http"
	"testing"
	"time"

	"github.com/homing-dev/homing/functions"
)

func TestTheClassOfACall(t *testing.T) {
	t.Parallel()
	const high, normal, low = functions.PriorityHigh, functions.PriorityNormal, functions.PriorityLow
	for _, tt := range []struct {
		chain, tenant, header string
		want                  class
	}{
		{"", "", "", classNormal},
		{high, "", "", classHigh},
		{"", high, "", classHigh},
		{low, high, "", classLow},
		{high, low, "", classLow},
		{high, normal, "", classNormal},
		{high, "", "u=0", classHigh},
		{high, "", "u=2, i", classHigh},
		{high, "", "i, u=3", classNormal},
		{high, "", "u=5", classLow},
		{"", "", "u=0", classNormal}, // no more than it may
		{low, "", "u=0", classLow},
		{high, "", "u=1, u=7", classLow}, // the last one counts
		{high, "", "u=7;x=1", classLow},
		{high, "", "u=8", classHigh}, // what is not understood is passed over
		{high, "", "u=-1", classHigh},
		{high, "", "u=7.0", classHigh},
		{high, "", "u", classHigh},
		{high, "", "U=7", classHigh},
		{high, "", "u=", classHigh},
		{high, "", ",,=;", classHigh},
	} {
		quotas, err := newTenantQuotas(map[string]Quota{"shop": {Priority: tt.tenant}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		a, h := &Adapter{quotas: quotas}, http.Header{}
		if tt.header != "" {
			h.Set("Priority", tt.header)
		}
		c := &call{exchange: exchange{tenant: "shop", route: &route{chain: functions.Chain{Priority: tt.chain}}}}
		if got := a.classOf(h, c); got != tt.want {
			t.Errorf("%+v: got %d", tt, got)
		}
	}
}

func BenchmarkAdmission(b *testing.B) {
	ad := newAdmission(DefaultMaxInFlight, nil)
	h := http.Header{"Priority": {"u=3, i"}}
	a := &Adapter{}
	c := &call{exchange: exchange{tenant: "shop", route: &route{}}, state: over}
	b.ReportAllocs()
	for b.Loop() {
		if err := ad.enter(b.Context(), c, a.classOf(h, c)); err != nil {
			b.Fatal(err)
		}
		ad.leave(c)
	}
}

func BenchmarkQuota(b *testing.B) {
	quotas, err := newTenantQuotas(map[string]Quota{"shop": {Rate: functions.Rate{Requests: 1_000_000_000, Burst: 1_000_000_000}, Concurrency: 5}}, nil)
	if err != nil {
		b.Fatal(err)
	}
	a := &Adapter{quotas: quotas}
	h := http.Header{}
	c := &call{exchange: exchange{tenant: "shop"}}
	b.ReportAllocs()
	for b.Loop() {
		clear(h)
		c.start = time.Now()
		if err := a.count(b.Context(), h, c); err != nil {
			b.Fatal(err)
		}
		c.uncount()
	}
}
