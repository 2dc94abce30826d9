package knative_test

import (
	"strings"
	"testing"
	"time"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/generate/knative"
)

func TestLimitsLeaveRoomForTheDeadlines(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		timeout, async time.Duration
		adapter        [2]int // responseStartTimeoutSeconds and timeoutSeconds
		vertex         [2]int
		drains         [2]string
		attempt        string
	}{
		"defaults":    {0, 0, [2]int{290, 300}, [2]int{590, 600}, [2]string{"30s", "9m45s"}, "PT610S"},
		"short":       {time.Second, time.Minute, [2]int{290, 300}, [2]int{70, 80}, [2]string{"6s", "1m5s"}, "PT90S"},
		"fractions":   {1500 * time.Millisecond, 1500 * time.Millisecond, [2]int{290, 300}, [2]int{12, 22}, [2]string{"7s", "7s"}, "PT32S"},
		"long":        {400 * time.Second, 400 * time.Second, [2]int{410, 420}, [2]int{410, 420}, [2]string{"6m45s", "6m45s"}, "PT430S"},
		"the longest": {580 * time.Second, 0, [2]int{590, 600}, [2]int{590, 600}, [2]string{"9m45s", "9m45s"}, "PT610S"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := chainOf("a", "x")
			c.Timeout, c.AsyncTimeout = tc.timeout, tc.async
			docs := generate(t, one(knative.Vertex), c)
			for i, v := range []struct {
				name string
				want [2]int
			}{{"homing-adapter", tc.adapter}, {"homing-a", tc.vertex}} {
				s := docs["Service "+v.name]
				start := s.at(t, "spec", "template", "spec", "responseStartTimeoutSeconds")
				end := s.at(t, "spec", "template", "spec", "timeoutSeconds")
				if start != v.want[0] || end != v.want[1] {
					t.Errorf("%s has %v and %v, want %v", v.name, start, end, v.want)
				}
				if got := s.env(t)["HOMING_DRAIN"]; got != tc.drains[i] {
					t.Errorf("%s drains for %s, want %s", v.name, got, tc.drains[i])
				}
			}
			if got := docs["Trigger homing-a"].at(t, "spec", "delivery", "timeout"); got != tc.attempt {
				t.Errorf("an attempt of delivery may take %v, want %s", got, tc.attempt)
			}
		})
	}
}

func TestACallThatKnativeCannotHoldIsRefused(t *testing.T) {
	t.Parallel()
	c := chainOf("slow", "x")
	c.Timeout = 580*time.Second + 1
	_, err := knative.Manifests([]functions.Chain{c}, one(knative.Inline))
	if err == nil || !strings.Contains(err.Error(), "chain slow: ") || !strings.Contains(err.Error(), "its timeout may be 580 s") {
		t.Errorf("got %v", err)
	}
}

func TestAsyncWorkThatKnativeCutsIsSaid(t *testing.T) {
	t.Parallel()
	for async, cut := range map[time.Duration]bool{time.Minute: false, 580 * time.Second: false, time.Hour: true} {
		c := chainOf("a", "x")
		c.AsyncTimeout = async
		files, err := knative.Manifests([]functions.Chain{c}, one(knative.Split))
		if err != nil {
			t.Fatal(err)
		}
		last := string(files[len(files)-2].Data)
		if got := strings.Contains(last, "# longer than 580 s"); got != cut {
			t.Errorf("async %s: said is %v, want %v", async, got, cut)
		}
	}
}

// Knative counts from 0: the first pause is the backoff itself (kncloudevents).
func TestDeliveryIsGivenUpWhenTheManifestSays(t *testing.T) {
	t.Parallel()
	files, err := knative.Manifests([]functions.Chain{chainOf("a", "x")}, one(knative.Vertex))
	if err != nil {
		t.Fatal(err)
	}
	delivery := generate(t, one(knative.Vertex), chainOf("a", "x"))["Trigger homing-a"]
	retries, _ := delivery.at(t, "spec", "delivery", "retry").(int)
	text, _ := delivery.at(t, "spec", "delivery", "backoffDelay").(string)
	pause, err := time.ParseDuration(strings.ToLower(strings.TrimPrefix(text, "PT")))
	if err != nil {
		t.Fatal(err)
	}
	var all time.Duration
	for n := range retries {
		all += pause << n
	}
	if last := string(files[len(files)-2].Data); all != 6200*time.Millisecond || !strings.Contains(last, "5 more attempts within "+all.String()) {
		t.Errorf("attempts end after %s; the manifest says\n%s", all, last)
	}
	if sink := delivery.at(t, "spec", "delivery", "deadLetterSink", "ref", "name"); sink != "homing-dead-letter" {
		t.Errorf("dead letters go to %v", sink)
	}
}
