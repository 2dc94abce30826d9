package settings

import (
	"reflect"
	"testing"
	"time"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/functions"
)

func TestQuotasAreRead(t *testing.T) {
	t.Parallel()
	got, err := parseQuotas(" shop=100/s:burst=200:concurrency=50, auth0|1:x=5/m , desk=concurrency=3:priority=low:backlog=1000:bytes=64MiB,*=10/h")
	want := map[string]adapter.Quota{
		"shop":      {Rate: functions.Rate{Requests: 100, Per: time.Second, Burst: 200}, Concurrency: 50},
		"auth0|1:x": {Rate: functions.Rate{Requests: 5, Per: time.Minute}},
		"desk":      {Concurrency: 3, Priority: functions.PriorityLow, Backlog: 1000, Bytes: 64 << 20},
		"*":         {Rate: functions.Rate{Requests: 10, Per: time.Hour}},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v and the error %v", got, err)
	}
}

func TestQuotasAreStrict(t *testing.T) {
	t.Parallel()
	const number = ", which is not a whole number from 1 to 1000000"
	for written, want := range map[string]string{
		"shop":                     `"shop" is not TENANT=LIMITS, such as shop=100/s:burst=200:concurrency=50`,
		"=5/s":                     `"=5/s" is not TENANT=LIMITS, such as shop=100/s:burst=200:concurrency=50`,
		"shop=":                    `"shop=" is not TENANT=LIMITS, such as shop=100/s:burst=200:concurrency=50`,
		"shop=5/s,shop=6/s":        `the tenant "shop" is there twice`,
		"shop=5":                   `the tenant "shop" has the limit "5", which is no rate; write NUMBER/s, /m or /h`,
		"shop=5/d":                 `the tenant "shop" has the limit "5/d", which is no rate; write NUMBER/s, /m or /h`,
		"shop=0/s":                 `the tenant "shop" has the limit "0"` + number,
		"shop=-1/s":                `the tenant "shop" has the limit "-1"` + number,
		"shop=1.5/s":               `the tenant "shop" has the limit "1.5"` + number,
		"shop=5/s:burst=1000001":   `the tenant "shop" has the limit "1000001"` + number,
		"shop=5/s:":                `the tenant "shop" has two colons with nothing between them, or one at an end`,
		"shop=burst=5":             `the tenant "shop" has a burst and no rate; write NUMBER/s in front of it`,
		"shop=5/s:6/s":             `the tenant "shop" has two limits "rate"`,
		"shop=5/s:concurency=3":    `the tenant "shop" has an unknown limit "concurency"; did you mean "concurrency"?`,
		"shop=priority=hihg":       `the tenant "shop" has the priority "hihg", which is none of high, normal, low; did you mean "high"?`,
		"shop=concurrency=":        `the tenant "shop" has the limit ""` + number,
		"shop=backlog=0":           `the tenant "shop" has the limit "0"` + number,
		"shop=backlog=1:backlog=2": `the tenant "shop" has two limits "backlog"`,
		"shop=bytes=-1":            `the tenant "shop" has the limit "bytes=-1", which ` + ErrSize.Error(),
		"shop=bytes=64Mi":          `the tenant "shop" has the limit "bytes=64Mi", which ` + ErrSize.Error() + `; did you mean 64MiB?`,
		"shop=byte=5":              `the tenant "shop" has an unknown limit "byte"; did you mean "bytes"?`,
		"shop=concurrency=1:user=": `the tenant "shop" has an unknown limit "user"`,
	} {
		if _, err := parseQuotas(written); err == nil || err.Error() != want {
			t.Errorf("%s: got the error %v, want %s", written, err, want)
		}
	}
}
