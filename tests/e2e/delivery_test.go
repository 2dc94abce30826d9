package e2e_test

import (
	"encoding/base64"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// outcome is how one attempt to deliver ended.
type outcome struct {
	status int // 0: no answer
	reply  *message
	body   string
}

// deliver brings an event to a subscriber, again and again as the contract
// says, or gives it up.
func (b *broker) deliver(m message, tr trigger) {
	for n := 0; ; n++ {
		if !b.admitted() {
			return
		}
		o := b.attempt(m, tr.subscriber)
		switch {
		case b.ctx.Err() != nil:
			return
		case o.status >= 200 && o.status <= 299:
			if o.reply != nil {
				b.take(*o.reply)
			}
			return
		case !deliveredAgain(o.status) || n == b.delivery.retries:
			b.bury(m, tr, o)
			return
		}
		if !b.rest(b.delivery.backoff << n) {
			return
		}
	}
}

// deliveredAgain is the set of the data plane contract; 0 is a network error.
func deliveredAgain(status int) bool {
	switch status {
	case 0, http.StatusNotFound, http.StatusRequestTimeout, http.StatusConflict, http.StatusTooManyRequests:
		return true
	default:
		return status >= http.StatusInternalServerError
	}
}

func (b *broker) attempt(m message, subscriber string) outcome {
	req, err := http.NewRequestWithContext(b.ctx, http.MethodPost, subscriber, strings.NewReader(m.body))
	if err != nil {
		return outcome{body: err.Error()}
	}
	req.Header = m.header.Clone()
	req.Header.Set("Prefer", "reply")
	resp, err := b.client.Do(req)
	if err != nil {
		return outcome{body: err.Error()}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return outcome{body: err.Error()}
	}
	o := outcome{status: resp.StatusCode, body: string(body)}
	if resp.StatusCode == http.StatusOK && resp.Header.Get("Ce-Specversion") != "" {
		o.reply = &message{attributes(resp.Header), o.body}
	}
	return o
}

// admitted waits while the broker is paused; false at the end of the test.
func (b *broker) admitted() bool {
	b.mu.Lock()
	open := b.open
	b.mu.Unlock()
	select {
	case <-open:
		return true
	case <-b.ctx.Done():
		return false
	}
}

func (b *broker) rest(pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-b.ctx.Done():
		return false
	}
}

// maxErrorData is where Knative cuts the attribute knativeerrordata.
const maxErrorData = 1024

// bury gives an event up: to the dead letters, with why.
func (b *broker) bury(m message, tr trigger, o outcome) {
	data := base64.StdEncoding.EncodeToString(o.errorText())
	m.header = m.header.Clone()
	m.header.Set("Ce-Knativeerrordest", tr.subscriber)
	m.header.Set("Ce-Knativeerrorcode", o.errorCode())
	m.header.Set("Ce-Knativeerrordata", data[:min(len(data), maxErrorData)])
	b.mu.Lock()
	b.dead = append(b.dead, m)
	sink := b.sinkURL
	b.mu.Unlock()
	for n := 0; sink != "" && n <= b.delivery.retries; n++ {
		if o := b.attempt(m, sink); !deliveredAgain(o.status) || !b.rest(b.delivery.backoff<<n) {
			return
		}
	}
}

// errorCode and errorText are the status and the body of an outcome, as Knative's
// dispatcher has them: 500 and a text of its own where there was no answer.
func (o outcome) errorCode() string {
	if o.status == 0 {
		return strconv.Itoa(http.StatusInternalServerError)
	}
	return strconv.Itoa(o.status)
}

func (o outcome) errorText() []byte {
	if o.status == 0 {
		return []byte("dispatch error: " + o.body)
	}
	return []byte(o.body)
}
