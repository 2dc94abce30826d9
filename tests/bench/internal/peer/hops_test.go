package peer_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/tests/bench/internal/peer"
)

// serveHops runs every step of a work behind a server of its own, and the
// server that calls them.
func serveHops(t *testing.T, front peer.Name, work peer.Work) string {
	t.Helper()
	step, ok := peer.StepOf(front)
	if !ok {
		t.Fatalf("the steps of %s are no hops", front)
	}
	urls := make([]string, 0, len(work.Steps))
	for n := range work.Steps {
		urls = append(urls, strings.TrimSuffix(serveAt(t, step, work, peer.Place{Step: n + 1}), peer.Path)+"/")
	}
	return serveAt(t, front, work, peer.Place{URLs: urls})
}

func TestHopsAnswerWhatTheStepsDo(t *testing.T) {
	t.Parallel()
	for _, name := range []string{peer.Identity, peer.Quote} {
		_, _, want := post(t, serve(t, peer.Plain, named(t, name)), peer.Order)
		for _, front := range peer.HopNames() {
			t.Run(string(front)+" "+name, func(t *testing.T) {
				t.Parallel()
				status, contentType, got := post(t, serveHops(t, front, named(t, name)), peer.Order)
				if status != 200 || contentType != "application/json" || !bytes.Equal(got, want) {
					t.Errorf("got %d, %s, %s, want %s", status, contentType, got, want)
				}
			})
		}
	}
}

func TestEveryStepIsAHopOfItsOwn(t *testing.T) {
	t.Parallel()
	for _, front := range peer.HopNames() {
		t.Run(string(front), func(t *testing.T) {
			t.Parallel()
			ran := make(chan int, 3)
			var work peer.Work
			for n := range cap(ran) {
				work.Steps = append(work.Steps, func(_ context.Context, in event.Event) (*event.Event, error) {
					ran <- n
					return &in, nil
				})
			}
			if status, _, _ := post(t, serveHops(t, front, work), peer.Order); status != 200 {
				t.Errorf("got %d", status)
			}
			close(ran)
			for want := range cap(ran) {
				if got, ok := <-ran; !ok || got != want {
					t.Errorf("step %d ran as number %d, %t", got, want, ok)
				}
			}
		})
	}
}

func TestStatusesAreTheSameOverHops(t *testing.T) {
	t.Parallel()
	one := func(out *event.Event, err error) peer.Work {
		return peer.Work{Steps: []functions.Function{
			func(context.Context, event.Event) (*event.Event, error) { return out, err },
		}}
	}
	tests := map[string]struct {
		work   peer.Work
		status int
	}{
		"error with a status": {one(nil, functions.Errorf(http.StatusUnprocessableEntity, "wrong")), 422},
		"other error":         {one(nil, errors.New("down")), 500},
		"dropped":             {one(nil, nil), 204},
	}
	for name, tt := range tests {
		for _, front := range peer.HopNames() {
			t.Run(name+" "+string(front), func(t *testing.T) {
				t.Parallel()
				if status, _, _ := post(t, serveHops(t, front, tt.work), peer.Order); status != tt.status {
					t.Errorf("got %d, want %d", status, tt.status)
				}
			})
		}
	}
}

func TestAStepThatIsAwayIsABadGateway(t *testing.T) {
	t.Parallel()
	for _, front := range peer.HopNames() {
		t.Run(string(front), func(t *testing.T) {
			t.Parallel()
			url := serveAt(t, front, peer.Work{}, peer.Place{URLs: []string{"http://127.0.0.1:1/"}})
			if status, _, _ := post(t, url, peer.Order); status != 502 {
				t.Errorf("got %d", status)
			}
		})
	}
}

func TestPlacesAreReadFromArguments(t *testing.T) {
	t.Parallel()
	work := named(t, peer.Identity)
	const urls = "http://a/ http://b/ http://c/"
	tests := map[string]struct {
		name       peer.Name
		args, want string
	}{
		"all steps":       {peer.Homing, "", ""},
		"a superfluous":   {peer.Homing, "1", `takes no ["1"]`},
		"unknown":         {"apache", "1", `takes no ["1"]`},
		"URLs":            {peer.HomingHops, urls, ""},
		"URLs of the SDK": {peer.SDKHops, urls, ""},
		"too few URLs":    {peer.SDKHops, "http://a/", "URLs of 3 steps"},
		"first step":      {peer.HomingStep, "1", ""},
		"last step":       {peer.SDKStep, "3", ""},
		"step 0":          {peer.HomingStep, "0", "from 1 to 3"},
		"step 4":          {peer.SDKStep, "4", "from 1 to 3"},
		"no number":       {peer.SDKStep, "one", "from 1 to 3"},
		"no step":         {peer.SDKStep, "", "from 1 to 3"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := strings.Fields(tt.args)
			place, err := peer.NewPlace(tt.name, work, args)
			if tt.want != "" {
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("got %v, want %q", err, tt.want)
				}
				return
			}
			got := strings.Join(place.URLs, " ")
			if place.Step != 0 {
				got = strconv.Itoa(place.Step)
			}
			if err != nil || got != tt.args {
				t.Errorf("got %+v, %v", place, err)
			}
		})
	}
	if _, ok := peer.StepOf(peer.Homing); ok {
		t.Error("Homing inline has hops")
	}
}
