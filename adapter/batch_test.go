package adapter_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/homing-dev/homing/functions"
)

const batchType = "application/cloudevents-batch+json"

func batchEvent(id, eventType, data string) string {
	return fmt.Sprintf(`{"specversion":"1.0","id":%q,"source":"/s","type":%q,"datacontenttype":"application/json","data":%s}`, id, eventType, data)
}

type batchReply struct {
	CausationID string          `json:"causationid"`
	HTTPStatus  int             `json:"httpstatus,string"`
	Data        json.RawMessage `json:"data"`
}

func TestBatchIsAnsweredInOrder(t *testing.T) {
	t.Parallel()
	s := serve(t, setup{chains: []functions.Chain{chain("echo", echo), chain("order", functions.Typed(order))}})
	var events []string
	for i := range 100 {
		events = append(events, batchEvent(fmt.Sprint("e", i), "homing.echo", fmt.Sprint(i)))
	}
	events[7] = batchEvent("e7", "homing.order", "{}")
	events[8] = batchEvent("e8", "nobody's", "{}")
	for _, accept := range []string{"", "*/*", batchType} {
		got := s.do("POST", "/events", "["+strings.Join(events, ",")+"]", "Content-Type", batchType, "Accept", accept)
		var replies []batchReply
		if err := json.Unmarshal(got.body, &replies); err != nil || got.status != 200 || got.header.Get("Content-Type") != batchType {
			t.Fatalf("%d %v %s: %v", got.status, got.header, got.body, err)
		}
		for i, r := range replies {
			want := map[int]int{7: 422, 8: 404}[i]
			if r.CausationID != fmt.Sprint("e", i) || r.HTTPStatus != want || want == 0 && string(r.Data) != fmt.Sprint(i) {
				t.Errorf("reply %d is %+v", i, r)
			}
		}
		if len(replies) != 100 {
			t.Errorf("%d replies", len(replies))
		}
	}
	s.do("POST", "/events", "[]", "Content-Type", batchType).is(t, 200, "[]")
}

func TestBatchIsRefused(t *testing.T) {
	t.Parallel()
	s := serve(t, setup{chains: []functions.Chain{chain("echo", echo)}})
	one := "[" + batchEvent("a", "homing.echo", "1") + "]"
	s.do("POST", "/events", one, "Content-Type", batchType, "Idempotency-Key", "k").problem(t, 400)
	s.do("POST", "/events", one, "Content-Type", batchType, "Accept", "application/cloudevents+json").problem(t, 406)
	s.do("POST", "/events", `[{"id":"a"}]`, "Content-Type", batchType).problem(t, 400)
	s.do("POST", "/events", `{}`, "Content-Type", batchType).problem(t, 400)
}
