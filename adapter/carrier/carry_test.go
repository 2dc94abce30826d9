package carrier_test

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/cloudevents"
)

// recorded is a step that tells the events it gets and answers with a status.
func recorded(t *testing.T, status int) (url string, got <-chan event.Event) {
	t.Helper()
	events := make(chan event.Event, 10)
	return remote(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		ev, rerr := cloudevents.Read(r.Header, body)
		if err := errors.Join(err, rerr); err != nil {
			t.Error(err)
		}
		events <- ev
		w.WriteHeader(status)
	}), events
}

func replyTo(t *testing.T) carrier.ReplyTo {
	t.Helper()
	keys, err := reply.ParseKeys("a=0123456789abcdef")
	if err != nil {
		t.Fatal(err)
	}
	return carrier.ReplyTo{URL: "http://adapter.example:8080/", Keys: keys, Retention: time.Minute}
}

// carries are the ways by which an event leaves, with the slip that it has.
func carries(t *testing.T, url string, to carrier.ReplyTo) map[carrier.Slip]func(context.Context, event.Event) (*event.Event, error) {
	t.Helper()
	c := client(t, carrier.Options{})
	whole := carrier.NewSyncCarrier(c, url, chain(), to)
	oneWay := carrier.NewAsyncCarrier(carrier.Broker{Client: c, URL: url}, functions.Chain{Name: "one", Steps: chain().Steps}, to)
	return map[carrier.Slip]func(context.Context, event.Event) (*event.Event, error){
		"orders.b,": c.Step(url, carrier.NewSlip("orders", functions.Step{Name: "b"}), to),
		"orders.a,orders.b,": func(ctx context.Context, in event.Event) (*event.Event, error) {
			return stepLike(whole.Carry(ctx, in, nil))
		},
		"one.a,one.b,": func(ctx context.Context, in event.Event) (*event.Event, error) {
			return stepLike(oneWay.Carry(ctx, in, nil))
		},
	}
}

// stepLike tells the result of a carrier as a step does.
func stepLike(out carrier.Result, err error) (*event.Event, error) {
	if out.Accepted {
		return out.Event, carrier.ErrAccepted
	}
	return out.Event, err
}

func TestAnEventIsAddressed(t *testing.T) {
	t.Parallel()
	url, got := recorded(t, http.StatusAccepted)
	to := replyTo(t)
	for slip, carry := range carries(t, url, to) {
		in, id := request()
		before := maps.Clone(in.Extensions())
		if out, err := carry(t.Context(), in); out != nil || !errors.Is(err, carrier.ErrAccepted) {
			t.Fatalf("%s: got %v, %v", slip, out, err)
		}
		if !maps.Equal(before, in.Extensions()) || string(in.DataEncoded) != `{"n":1}` {
			t.Errorf("%s: the event that was given is now %v", slip, in)
		}
		sent := <-got
		ext := sent.Extensions()
		if carrier.SlipOf(sent) != slip || ext[functions.AttrReplyTo] != "http://adapter.example:8080/requests/"+id.String()+"/reply" {
			t.Errorf("%s: sent with %v", slip, ext)
		}
		for name, value := range before {
			if ext[name] != value {
				t.Errorf("%s: attribute %s is %v, was %v", slip, name, ext[name], value)
			}
		}
		token, _ := ext[functions.AttrReplyToken].(string)
		last := deadline().Add(to.Retention)
		for at, valid := range map[time.Time]bool{time.Now(): true, last: true, last.Add(time.Second): false} {
			if err := to.Keys.Verify(token, id, at); (err == nil) != valid {
				t.Errorf("%s: token %q at %s: %v", slip, token, at, err)
			}
		}
	}
}

func TestAnEventThatCannotBeAddressedIsNotSent(t *testing.T) {
	t.Parallel()
	url, got := recorded(t, http.StatusAccepted)
	for name, spoil := range map[string]func(*event.EventContextV1){
		"no id":           func(ec *event.EventContextV1) { ec.Extensions[functions.AttrCorrelationID] = "mine" },
		"no deadline":     func(ec *event.EventContextV1) { delete(ec.Extensions, functions.AttrExpiryTime) },
		"no time":         func(ec *event.EventContextV1) { ec.Extensions[functions.AttrExpiryTime] = "soon" },
		"no kind of time": func(ec *event.EventContextV1) { ec.Extensions[functions.AttrExpiryTime] = int32(5) },
	} {
		for slip, carry := range carries(t, url, replyTo(t)) {
			in, _ := request()
			spoil(in.Context.(*event.EventContextV1))
			if out, err := carry(t.Context(), in); out != nil || err == nil || errors.Is(err, carrier.ErrAccepted) {
				t.Errorf("%s, %s: got %v, %v", name, slip, out, err)
			}
		}
	}
	if len(got) != 0 {
		t.Errorf("%d events were sent", len(got))
	}
}

func TestWithoutAnAddressAStepMustAnswer(t *testing.T) {
	t.Parallel()
	url, got := recorded(t, http.StatusAccepted)
	for slip, carry := range carries(t, url, carrier.ReplyTo{}) {
		if strings.HasPrefix(string(slip), "one.") {
			continue // a broker never answers
		}
		in, _ := request()
		delete(in.Context.(*event.EventContextV1).Extensions, functions.AttrExpiryTime) // not needed then
		_, err := carry(t.Context(), in)
		failure(t, err, http.StatusBadGateway, false)
		ext := (<-got).Extensions()
		for _, attr := range []string{functions.AttrReplyTo, functions.AttrReplyToken} {
			if _, there := ext[attr]; there {
				t.Errorf("%s: attribute %s was sent", slip, attr)
			}
		}
	}
}

func TestAStepOfSomebodyElseGetsNothingOfTheRouting(t *testing.T) {
	t.Parallel()
	url, got := recorded(t, http.StatusNoContent)
	in, _ := request()
	routing := []string{functions.AttrRoutingSlip, functions.AttrReplyTo, functions.AttrReplyToken}
	for _, attr := range routing {
		in.SetExtension(attr, "a.b,")
	}
	if _, err := client(t, carrier.Options{}).Step(url, "", carrier.ReplyTo{})(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	ext := (<-got).Extensions()
	for _, attr := range routing {
		if value, there := ext[attr]; there {
			t.Errorf("it got %s %v", attr, value)
		}
	}
}

func TestTheResultComesBackWithoutItsRoute(t *testing.T) {
	t.Parallel()
	url := remote(t, func(w http.ResponseWriter, r *http.Request) {
		maps.Copy(w.Header(), r.Header) // all attributes, as a function that answers its input
		_, _ = io.Copy(w, r.Body)
	})
	for slip, carry := range carries(t, url, replyTo(t)) {
		if strings.HasPrefix(string(slip), "one.") {
			continue
		}
		in, _ := request()
		out, err := carry(t.Context(), in)
		if err != nil || string(out.DataEncoded) != `{"n":1}` || out.ID() != in.ID() {
			t.Fatalf("%s: %v, %v", slip, out, err)
		}
		if !maps.Equal(out.Extensions(), in.Extensions()) {
			t.Errorf("%s: came back with %v", slip, out.Extensions())
		}
	}
}

func TestAWholeChainIsSentAgainToAVertexThatDrains(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	url := remote(t, func(w http.ResponseWriter, _ *http.Request) {
		if calls.Add(1) == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	in, _ := request()
	out, err := carrier.NewSyncCarrier(client(t, carrier.Options{}), url, chain(), carrier.ReplyTo{}).Carry(t.Context(), in, nil)
	if out != (carrier.Result{}) || err != nil || calls.Load() != 2 {
		t.Errorf("got %v, %v after %d calls", out, err, calls.Load())
	}
}

func TestAStepIsSentOnce(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	url := remote(t, func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	in, _ := request()
	_, err := client(t, carrier.Options{}).Step(url, "a.b,", carrier.ReplyTo{})(t.Context(), in)
	failure(t, err, http.StatusServiceUnavailable, true)
	if calls.Load() != 1 {
		t.Errorf("%d calls; the policy of the step has to try again", calls.Load())
	}
}

func TestRequestAndDeadlineOfAnEvent(t *testing.T) {
	t.Parallel()
	in, id := request()
	if got := carrier.RequestID(in); got != id.String() {
		t.Errorf("request %s", got)
	}
	if got := carrier.RequestID(event.Event{Context: &event.EventContextV1{ID: "own"}}); got != "own" {
		t.Errorf("request %s of an event that no adapter made", got)
	}
	if got, err := carrier.Deadline(in); err != nil || !got.Equal(deadline()) {
		t.Errorf("deadline %s, %v", got, err)
	}
	in.Context.(*event.EventContextV1).Extensions[functions.AttrExpiryTime] = types.Timestamp{Time: deadline()}
	if got, err := carrier.Deadline(in); err != nil || !got.Equal(deadline()) {
		t.Errorf("deadline %s, %v", got, err)
	}
}

func TestMarksOfARouteLeaveTheEventAlone(t *testing.T) {
	t.Parallel()
	in, _ := request()
	before := maps.Clone(in.Extensions())
	marked := carrier.WithToken(carrier.Routed(in, "a.b,"), "token")
	if ext := marked.Extensions(); ext[functions.AttrReplyToken] != "token" || ext[functions.AttrRoutingSlip] != "a.b," {
		t.Errorf("marked with %v", ext)
	}
	if got := carrier.StripRouting(marked).Extensions(); !maps.Equal(got, before) {
		t.Errorf("answered with %v", got)
	}
	if _, there := marked.Extensions()[functions.AttrReplyToken]; !there || !maps.Equal(before, in.Extensions()) {
		t.Error("an event that was given was changed")
	}
	old := event.New(event.CloudEventsVersionV03)
	old.SetID("1")
	if got := carrier.Routed(old, "a.b,"); carrier.SlipOf(got) != "a.b," || got.ID() != "1" {
		t.Errorf("an event of version 0.3 became %v", got)
	}
	if got := carrier.StripRouting(event.Event{Context: &event.EventContextV1{ID: "1"}}); got.ID() != "1" || len(got.Extensions()) != 0 {
		t.Errorf("an event without extensions became %v", got)
	}
}
