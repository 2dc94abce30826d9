package main

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func publish(t *testing.T, url, id string) int {
	t.Helper()
	req, _ := http.NewRequest(http.MethodPost, url, strings.NewReader("data"))
	for name, value := range map[string]string{
		"Ce-Specversion": "1.0", "Ce-Id": id, "Ce-Source": "/test", "Ce-Type": "test", "Ce-Routingslip": "a.one,", "Ce-Correlationid": id,
	} {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

// Whatever the broker does, each event that it has taken is delivered at least
// once, and some of them more often.
func TestBrokerDeliversAtLeastOnce(t *testing.T) {
	t.Parallel()
	const (
		events = 600
		most   = 10 * events // until each of the broker's faults has come
	)
	var seen [most]atomic.Int32
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	subscriber, err := serve(ctx, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.Header.Get("Ce-Id")) // as it was published
		seen[n-1].Add(1)
		w.WriteHeader(http.StatusNoContent)
	}))
	if err != nil {
		t.Fatal(err)
	}
	b := newBroker(newDice(1, streamBroker), false)
	b.route("a.one,", subscriber)
	url, err := serve(ctx, b.handler(ctx))
	if err != nil {
		t.Fatal(err)
	}
	published := 0
	for s := b.sums(); published < events || published < most && (s.refused == 0 || s.unanswered == 0 || s.copies == 0 || s.unheard == 0); s = b.sums() {
		published++
		for id := strconv.Itoa(published); publish(t, url, id) != http.StatusAccepted; {
			time.Sleep(time.Millisecond)
		}
	}
	b.work.Wait()
	more := 0
	for n := range published {
		switch count := seen[n].Load(); {
		case count == 0:
			t.Errorf("event %d was not delivered", n)
		case count > 1:
			more++
		}
	}
	if s := b.sums(); more == 0 || s.refused == 0 || s.unanswered == 0 || s.copies == 0 || s.unheard == 0 || s.delayed == 0 || s.overtaken == 0 {
		t.Errorf("%d events came more than once; %+v", more, s)
	}
}

func TestBrokerGivesUpAsTheManifestsSay(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	b := newBroker(newDice(1, streamBroker), true)
	refusing, err := serve(ctx, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) }))
	if err != nil {
		t.Fatal(err)
	}
	b.route("a.one,", refusing)
	url, err := serve(ctx, b.handler(ctx))
	if err != nil {
		t.Fatal(err)
	}
	publish(t, url, "id")
	b.work.Wait()
	if s := b.sums(); s.dead["400"] != 1 || s.again != 0 || b.given("id") != "400" {
		t.Errorf("%+v", s)
	}
}

// A link goes on to the next process if one is dead, cuts what it is told to,
// and is whole again afterwards.
func TestLinkIsCutAndMended(t *testing.T) {
	t.Parallel()
	url, err := serve(t.Context(), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, strings.Repeat("answer", 1000))
	}))
	if err != nil {
		t.Fatal(err)
	}
	dead, err := freePort(t.Context()) // which nobody else gets
	if err != nil {
		t.Fatal(err)
	}
	l, err := newLink(t.Context(), "link", newDice(1, streamLinks), "127.0.0.1:"+dead, strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{}, Timeout: time.Minute}
	defer client.CloseIdleConnections()
	get := func() bool {
		resp, err := client.Get(l.url())
		if err != nil {
			return false
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		return err == nil && len(body) == 6000
	}
	count := func() (whole int) {
		for range 60 {
			if get() {
				whole++
			}
		}
		return whole
	}
	if n := count(); n != 60 {
		t.Errorf("%d of 60 answers through a whole link", n)
	}
	l.torn.Store(true)
	if n := count(); n == 60 || n == 0 || l.cuts.Load() == 0 {
		t.Errorf("%d of 60 answers through a torn link, %d cuts", n, l.cuts.Load())
	}
	l.torn.Store(false)
	client.CloseIdleConnections()
	if n := count(); n != 60 {
		t.Errorf("%d of 60 answers through a mended link", n)
	}
}
