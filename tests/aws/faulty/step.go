package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"strings"
	"syscall"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
)

// order is the data of an event.
type order struct {
	// Key is different for the calls of different tests.
	Key string `json:"key"`
	// Do is what step act does: "pass", or what [step.act] knows.
	Do string `json:"do"`
	// Size is of the result, in bytes; 0 means that there is nothing but the
	// rest of the order.
	Size int `json:"size,omitempty"`
	// Trail are the steps that the event has passed.
	Trail []string `json:"trail"`
	// Padding makes the result as large as asked for.
	Padding string `json:"padding,omitempty"`
}

// step is one step of a chain.
type step struct {
	name, stage string
	client      *http.Client
}

// crash is the status with which a step ends its process.
const crash = 3

// run calls the stage, does what is in the order, and passes it on.
func (s step) run(ctx context.Context, in event.Event) (*event.Event, error) {
	var o order
	if err := json.Unmarshal(in.Data(), &o); err != nil {
		return nil, functions.Errorf(http.StatusBadRequest, "this is no order: %w", err)
	}
	wait := ctx
	if o.Do == "ignore" {
		wait = context.WithoutCancel(ctx)
	}
	if err := s.report(wait, o); err != nil {
		return nil, err
	}
	if s.name == "act" {
		if dropped, err := act(o.Do); dropped || err != nil {
			return nil, err
		}
		o.Padding = strings.Repeat("x", o.Size)
	}
	o.Trail = append(o.Trail, s.name)
	data, err := json.Marshal(o)
	if err != nil {
		return nil, fmt.Errorf("write the order: %w", err)
	}
	jsonType := event.ApplicationJSON
	return &event.Event{Context: &event.EventContextV1{DataContentType: &jsonType}, DataEncoded: data}, nil
}

// report calls the stage, since the step runs, and returns when the stage lets it.
func (s step) report(ctx context.Context, o order) error {
	at := s.stage + "/" + s.name + "?" + url.Values{"key": {o.Key}, "do": {o.Do}}.Encode()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, at, http.NoBody)
	if err != nil {
		return fmt.Errorf("find the stage: %w", err)
	}
	resp, err := s.client.Do(r)
	if err != nil {
		return fmt.Errorf("call the stage: %w", err)
	}
	_, err = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close() // it was read to its end
	return err
}

// act misbehaves as it is to, and reports whether the event is dropped.
func act(do string) (dropped bool, err error) {
	switch do {
	case "pass", "hold", "ignore":
		return false, nil
	case "drop":
		return true, nil
	case "fail":
		return false, functions.Errorf(http.StatusConflict, "as asked")
	case "panic":
		panic("as asked")
	case "leave":
		runtime.Goexit()
	case "exit":
		os.Exit(crash)
	case "stop": // nothing of the process runs any more
		if err := syscall.Kill(os.Getpid(), syscall.SIGSTOP); err != nil {
			return false, err
		}
		select {} // for as long as it takes to stop
	case "allocate":
		allocate()
	}
	return false, functions.Errorf(http.StatusUnprocessableEntity, "nobody knows how to %q", do)
}

// allocate takes memory until there is no more.
func allocate() {
	const most, block, page = 4 << 10, 1 << 20, 4 << 10
	all := make([][]byte, 0, most)
	for range most {
		b := make([]byte, block)
		for i := 0; i < block; i += page {
			b[i] = 1
		}
		all = append(all, b)
	}
	runtime.KeepAlive(all)
	select {} // it was not enough, and the timeout comes
}
