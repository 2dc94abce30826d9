package peer

import (
	"context"
	"fmt"
	"net"
	"net/http"

	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/protocol"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/functions"
)

// serveSDKHops makes an event of each request and sends it to the steps in
// turn, by the client of the SDK as its documentation makes it, or with as many
// connections kept as Homing keeps.
func serveSDKHops(ctx context.Context, ln net.Listener, urls []string, pooled bool) error {
	var opts []cehttp.Option
	if pooled {
		transport := &http.Transport{MaxIdleConnsPerHost: carrier.DefaultConcurrency, DisableCompression: true}
		defer transport.CloseIdleConnections()
		opts = append(opts, cehttp.WithRoundTripper(transport))
	}
	client, err := cloudevents.NewClientHTTP(opts...)
	if err != nil {
		return fmt.Errorf("make the client of the SDK: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("POST "+Path, sdkHops(client, urls))
	return serveBare(ctx, ln, mux)
}

func sdkHops(client cloudevents.Client, urls []string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := read(w, r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		ev := cloudevents.NewEvent()
		ev.SetSource("/chains/" + chainName)
		ev.SetType("homing." + chainName)
		if err := ev.SetData(r.Header.Get("Content-Type"), body); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		// The receiver of the SDK can stall for good if a call is cancelled, as
		// those are that run when the load generator ends.
		ctx := context.WithoutCancel(r.Context())
		for _, url := range urls {
			out, result := client.Request(cloudevents.ContextWithTarget(ctx, url), ev)
			if status := sdkStatus(result); status >= http.StatusMultipleChoices {
				http.Error(w, result.Error(), status)
				return
			}
			if out == nil {
				w.WriteHeader(http.StatusNoContent)
				return
			}
			ev = *out
		}
		w.Header().Set("Content-Type", ev.DataContentType())
		_, _ = w.Write(ev.DataEncoded) // a client that is gone needs no answer
	})
}

// sdkStatus is the status that a step answered. The SDK takes an answer without
// an event for a success, whatever its status, so that is asked for first.
func sdkStatus(result protocol.Result) int {
	var answered *cehttp.Result
	switch {
	case cloudevents.ResultAs(result, &answered):
		return answered.StatusCode
	case cloudevents.IsACK(result):
		return http.StatusOK
	default:
		return http.StatusBadGateway
	}
}

// serveSDKStep serves one step by the receiver of the SDK.
func serveSDKStep(ctx context.Context, ln net.Listener, step functions.Function) error {
	client, err := cloudevents.NewClientHTTP(cehttp.WithListener(ln), cehttp.WithShutdownTimeout(drain))
	if err != nil {
		return fmt.Errorf("make the receiver of the SDK: %w", err)
	}
	err = client.StartReceiver(ctx, func(ctx context.Context, in event.Event) (*event.Event, protocol.Result) {
		out, err := step(ctx, in)
		if err != nil {
			return nil, cehttp.NewResult(status(err), "%w", err)
		}
		return complete(out, in), protocol.ResultACK
	})
	if ctx.Err() == nil {
		return fmt.Errorf("receive on %s: %w", ln.Addr(), err)
	}
	return nil
}

// complete fills in what the SDK wants in every event, as a vertex does.
func complete(out *event.Event, in event.Event) *event.Event {
	if out == nil || out.ID() != "" {
		return out
	}
	out.SetID(in.ID())
	out.SetSource(in.Source())
	out.SetType(in.Type())
	return out
}
