package replytest

import (
	"bytes"
	"crypto/rand"
	"net/http"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
)

const mebibyte = 1 << 20

// newReply is a small reply whose data is the text.
func newReply(r reply.Request, text string) reply.Reply {
	ev := event.New()
	ev.SetID(r.ID.String())
	ev.SetSource("/orders")
	ev.SetType("homing.orders.reply")
	ev.SetDataContentType(event.TextPlain)
	ev.DataEncoded = []byte(text)
	return reply.Reply{Request: r, Event: ev}
}

func eventChecks() []check {
	return []check{
		{"AllAttributesComeBackExactly", allAttributesComeBack},
		{"DataOfEveryKindComesBackExactly", dataComesBack},
		{"AProblemComesBackExactly", problemComesBack},
		{"ProgressComesBackInOrder", progressComesBack},
		{"ChangesByTheCallerAfterwardsAreNotSeen", laterChangesAreNotSeen},
	}
}

func allAttributesComeBack(s *trial) {
	r := newReply(s.request(), `{"total":"12.50"}`)
	r.Event.SetSource("https://shop.example/orders?region=eu%2Fwest#new")
	r.Event.SetSubject("order 4711, größer als \"sonst\"")
	r.Event.SetDataContentType("application/json; charset=utf-8")
	r.Event.SetDataSchema("https://shop.example/schema/order")
	r.Event.SetTime(time.Date(2026, time.February, 28, 23, 59, 59, 123_456_789, time.UTC))
	r.Event.SetExtension(functions.AttrCorrelationID, r.ID.String())
	r.Event.SetExtension(functions.AttrTraceState, "a=1,b=ü%20")
	r.Event.SetExtension("emptytext", "")
	r.Event.SetExtension("lookslikenumber", "42")
	r.Event.SetExtension("lookslikebool", "true")
	r.Event.SetExtension("yes", true)
	r.Event.SetExtension("no", false)
	r.Event.SetExtension("smallest", int32(-1<<31))
	functions.SetStatus(&r.Event, http.StatusCreated)

	s.want(s.store.Complete(s.Context(), r), nil, "Complete")
	s.wantReply(r)
	s.wantCollect(r.ID, r)
}

func dataComesBack(s *trial) {
	everyByte := make([]byte, 256)
	for i := range everyByte {
		everyByte[i] = byte(i)
	}
	noise := make([]byte, mebibyte)
	_, _ = rand.Read(noise) // never fails
	tests := []struct {
		name   string
		data   []byte
		base64 bool
	}{
		{"none", nil, false},
		{"empty", []byte{}, false},
		{"empty and binary", []byte{}, true},
		{"every byte", everyByte, true},
		{"not UTF-8, though not marked as binary", []byte{0xff, 0xfe, 0}, false},
		{"a mebibyte that compresses", bytes.Repeat([]byte("homing "), mebibyte/len("homing ")), false},
		{"a mebibyte that does not compress", noise, true},
	}
	for _, tt := range tests {
		r := newReply(s.request(), "")
		r.Event.DataEncoded, r.Event.DataBase64 = tt.data, tt.base64
		s.want(s.store.Complete(s.Context(), r), nil, "Complete with data: "+tt.name)

		got, err := s.store.Lookup(s.Context(), r.ID)
		s.want(err, nil, "Lookup of data: "+tt.name)
		ev := got.Reply.Event
		if !bytes.Equal(ev.DataEncoded, tt.data) || (ev.DataEncoded == nil) != (tt.data == nil) || ev.DataBase64 != tt.base64 {
			s.Errorf("data: %s: %d bytes came back (nil: %t, base64: %t), want %d (nil: %t, base64: %t) and the same ones",
				tt.name, len(ev.DataEncoded), ev.DataEncoded == nil, ev.DataBase64, len(tt.data), tt.data == nil, tt.base64)
		}
	}
}

func problemComesBack(s *trial) {
	r := newReply(s.registered(), `{"title":"Bad Gateway","status":502,"step":"price","attempt":3}`)
	r.Event.SetDataContentType(functions.ProblemContentType)
	functions.SetStatus(&r.Event, http.StatusBadGateway)
	s.want(s.store.Complete(s.Context(), r), nil, "Complete")
	s.wantReply(r)
}

func progressComesBack(s *trial) {
	r := newReply(s.registered(), "done")
	at := s.clock.Now().Add(1234567 * time.Nanosecond)
	r.Progress = []reply.Progress{
		{Step: "price", State: "started", Attempt: 1, Time: at},
		{Step: "price", State: "retrying", Attempt: 1, Time: at.Add(time.Millisecond), Status: http.StatusServiceUnavailable},
		{Step: "price", State: "finished", Attempt: 2, Time: at.Add(time.Second)},
	}
	s.want(s.store.Complete(s.Context(), r), nil, "Complete")
	s.wantReply(r)
	s.wantCollect(r.ID, r)
}

func laterChangesAreNotSeen(s *trial) {
	r := newReply(s.request(), "first")
	r.Event.SetExtension("stage", "stored")
	r.Progress = []reply.Progress{{Step: "price", State: "finished", Attempt: 1, Time: s.clock.Now()}}
	want := r
	want.Event, want.Progress = r.Event.Clone(), []reply.Progress{r.Progress[0]}
	s.want(s.store.Complete(s.Context(), r), nil, "Complete")

	change := func(r reply.Reply) {
		r.Event.SetExtension("stage", "changed")
		r.Event.SetSubject("changed")
		r.Progress[0].Step = "changed"
	}
	change(r)
	s.wantReply(want)

	got, err := s.store.Lookup(s.Context(), r.ID)
	s.want(err, nil, "Lookup")
	change(got.Reply)
	s.wantReply(want)

	collected, err := s.store.Collect(s.Context(), s.box, r.ID)
	s.want(err, nil, "Collect")
	for _, c := range collected {
		change(c)
	}
	s.wantCollect(r.ID, want)
}
