package cloudevents_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/homing-dev/homing/internal/cloudevents"
)

// Each section of DIFFERENCES.md has messages that show it. One that the SDK
// comes to read as this package does fails here, and its claim can go.
func TestEveryDifferenceIsStillThere(t *testing.T) {
	t.Parallel()
	inJSON := func(more ...string) (messages []message) {
		for _, m := range more {
			messages = append(messages, message{structured(), object(m)})
		}
		return messages
	}
	inHeaders := func(pairs ...[2]string) (messages []message) {
		for _, p := range pairs {
			messages = append(messages, message{header(p[0], p[1]), ""})
		}
		return messages
	}
	twice := header()
	twice["Ce-Id"] = []string{"1", "2"}
	witnesses := map[string][]message{
		diffPercent: inHeaders([2]string{"ce-subject", "Euro%20%E2%82%AC"}, [2]string{"ce-subject", `"a"`}, [2]string{"ce-subject", "100%"},
			[2]string{"ce-source", "/a%20b"}),
		diffText: append(inHeaders([2]string{"ce-subject", "%C0%A0"}, [2]string{"ce-subject", "\xff"}),
			inJSON(`,"subject":"a\nb"`, `,"subject":"\uDEAD"`, `,"subject":"\uFFFE"`, ",\"subject\":\"\xff\"")...),
		diffOnce:    append(inJSON(`,"id":"2"`, `,"x":1,"x":2`), message{twice, ""}),
		diffNames:   append(inJSON(`,"Foo":1`, `,"":1`), inHeaders([2]string{"ce-data", "x"})...),
		diffVersion: inHeaders([2]string{"ce-specversion", "0.3"}),
		diffURI: append(inJSON(`,"dataschema":"HTTP://h/#"`), inHeaders([2]string{"ce-source", "a b"}, [2]string{
			"ce-source",
			"HTTP:x",
		})...),
		diffMediaType: inHeaders([2]string{"content-type", "text"}, [2]string{"content-type", "a/b;c=d;c=e"}),
		diffTime: inHeaders([2]string{"ce-time", "2018-04-05T17:31:00,5Z"}, [2]string{"ce-time", "2016-12-31T23:59:60Z"},
			[2]string{"ce-time", "2018-04-05t17:31:00z"}),
		diffTypes:   inJSON(`,"x":1.5`, `,"x":1e1`),
		diffNull:    inJSON(`,"datacontenttype":null`),
		diffData:    inJSON(`,"data":1,"data_base64":"AA=="`, `,"datacontenttype":"text/plain","data":null`),
		diffBlank:   inHeaders([2]string{"ce-id", "%20"}, [2]string{"ce-type", " "}),
		diffEmpty:   inJSON(`,"subject":""`, `,"time":""`, `,"dataschema":""`),
		diffImplied: inJSON(`,"data":1`),
		diffMark:    {{http.Header{"Content-Type": {cloudevents.StructuredType}}, "\ufeff" + object(``)}},
		diffLimits:  inJSON(`,"data":` + strings.Repeat("[", 600) + strings.Repeat("]", 600)),
	}
	for heading, messages := range witnesses {
		t.Run(heading, func(t *testing.T) {
			t.Parallel()
			for _, m := range messages {
				ours, err := cloudevents.Read(m.header, []byte(m.body))
				theirs := bySDK(t, m.header, []byte(m.body))
				if (err == nil) == (theirs.err == nil) && (err != nil || maps.Equal(attrsOf(ours), attrsOf(theirs.event))) {
					t.Errorf("no difference for %v %s (%v, %v)", m.header, m.body, err, theirs.err)
				}
			}
		})
	}
	for _, heading := range refusals {
		if witnesses[heading] == nil {
			t.Errorf("no message shows %q", heading)
		}
	}
}

// message is what a peer sends.
type message struct {
	header http.Header
	body   string
}
