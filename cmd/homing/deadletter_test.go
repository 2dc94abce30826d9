package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

const jsonData = `"datacontenttype":"application/json","data":{"sku": "A-1"}`

func TestDeadLetterHelp(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"deadletter": nil, "deadletter-list": {"list"}, "deadletter-show": {"show"}, "deadletter-redrive": {"redrive"},
	} {
		got := newCloud(t).deadletter(t, false, append(args, "--help")...).ok(t).out
		golden(t, "help-"+name+".txt", got)
		if !strings.Contains(got, "Examples:\n") {
			t.Error("there are no examples")
		}
	}
}

func TestDeadLettersAreListed(t *testing.T) {
	t.Parallel()
	first, second := deadID(), deadID()
	record := deadRecord("invocation-1", deadEvent(first, time.Now(), jsonData))
	c := newCloud(t, record, record, deadEvent(second, time.Now(), jsonData), "hello\x1b[31m")
	got := c.deadletter(t, false, "list").ok(t).out
	want := `^AGE  REQUEST +CHAIN +STEP +FUNCTION +REASON +TRIES
2h   ` + first.String() + `  quote  price  quote-vertex  timed out   3
1h   ` + second.String() + `  quote  price  -             unknown     0
1h   message-3 +-      -      -             unreadable  0
$`
	if !regexp.MustCompile(want).MatchString(got) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	c.left(t, 4)
}

func TestDeadLettersAreListedAsJSON(t *testing.T) {
	t.Parallel()
	id := deadID()
	record := deadRecord("invocation-1", deadEvent(id, time.Now(), jsonData))
	c := newCloud(t, record, record)
	var got []listedLetter
	out := c.deadletter(t, false, "list", "--json").ok(t).out
	if err := json.Unmarshal([]byte(out), &got); err != nil || len(got) != 1 {
		t.Fatalf("%v: %s", err, out)
	}
	l := got[0]
	if l.Request != id.String() || l.Function != deadFunction+":$LATEST" || l.Copies != 2 || l.Tries != 3 ||
		l.Reason != "timed out" || l.Invocation != "invocation-1" || l.Message == "" || l.Since.IsZero() {
		t.Errorf("got %+v", l)
	}
	if out := newCloud(t).deadletter(t, false, "list", "--json").ok(t).out; out != "[]\n" {
		t.Errorf("an empty queue is %q", out)
	}
}

func TestEmptyListIsShownWithWhatOthersHold(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.hidden = 3
	got := c.deadletter(t, true, "list")
	if got.code != 0 || got.out != "there are no dead letters\n" || !strings.Contains(got.err, "about 3 more") {
		t.Errorf("got %+v", got)
	}
}

func TestDeadLetterIsShownWithItsEvent(t *testing.T) {
	t.Parallel()
	id := deadID()
	c := newCloud(t, deadRecord("invocation-1", deadEvent(id, time.Now(), `"data_base64":"AAEC"`)), "hello")
	for _, name := range []string{id.String(), "invocation-1", "message-0"} {
		got := c.deadletter(t, false, "show", name).ok(t).out
		for _, text := range []string{
			"request     " + id.String() + "\n", "step        price\n", "tries       3\n", "(2h ago)\n", deadFunction,
			"reason      timed out: Sandbox.Timedout: after 3.00 seconds\n", `"data_base64": "AAEC"`, `"functionError": "Unhandled"`,
		} {
			if strings.Count(got, text) == 0 {
				t.Errorf("%q is not in\n%s", text, got)
			}
		}
	}
	if got := c.deadletter(t, false, "show", "message-1").ok(t).out; !strings.Contains(got, "body        hello\n") {
		t.Errorf("got %s", got)
	}
	c.left(t, 2)
}

func TestDeadLetterIsShownAsJSON(t *testing.T) {
	t.Parallel()
	event := deadEvent(deadID(), time.Now(), jsonData)
	c := newCloud(t, deadRecord("invocation-1", event), "hello")
	var letters []struct {
		Event struct{ ID string }
		Step  string
	}
	out := c.deadletter(t, false, "show", "invocation-1", "--json").ok(t).out
	if err := json.Unmarshal([]byte(out), &letters); err != nil || len(letters) != 1 || letters[0].Step != "price" || letters[0].Event.ID == "" {
		t.Errorf("%v: %s", err, out)
	}
	if got := c.deadletter(t, false, "show", "message-1", "--json").ok(t).out; got != "[\n  \"hello\"\n]\n" {
		t.Errorf("got %s", got)
	}
}

// Who may look at letters may not put replies, nor use what a caller has put into his URL.
func TestSecretsOfAnEventAreNotShown(t *testing.T) {
	t.Parallel()
	id := deadID()
	event := deadEvent(id, time.Now(), `"replytoken":"s3cret","callback":"https://hooks.example.com/done?key=s3cret",`+jsonData)
	c := newCloud(t, deadRecord("invocation-1", event))
	for _, args := range [][]string{{"list"}, {"list", "--json"}, {"show", "invocation-1"}, {"show", "invocation-1", "--json"}} {
		out := c.deadletter(t, false, args...).ok(t).out
		if strings.Contains(out, "s3cret") {
			t.Errorf("%q shows %s", args, out)
		}
		if args[0] == "show" {
			for _, part := range []string{"https://hooks.example.com/done", "(not shown)", id.String(), "quote.price,", "A-1"} {
				if !strings.Contains(out, part) {
					t.Errorf("%q does not show %s: %s", args, part, out)
				}
			}
		}
	}
	c.left(t, 1)
}

func TestControlCharactersOfALetterDoNotReachTheTerminal(t *testing.T) {
	t.Parallel()
	event := strings.Replace(deadEvent(deadID(), time.Now(), "\"data\":\"\u009b31m\u202e\""), "quote.price,", "qu\u202eote.price,", 1)
	c := newCloud(t, deadRecord("invocation-1", event), "\x1b[31m")
	for _, args := range [][]string{{"list"}, {"show", "invocation-1"}, {"show", "message-1"}} {
		if got := c.deadletter(t, true, args...); got.code != 0 || strings.ContainsAny(got.out, "\x1b\u009b\u202e") {
			t.Errorf("%q: got %q, %s", args, got.out, got.err)
		}
	}
}

func TestDataOfADeadLetterIsWrittenToTheByte(t *testing.T) {
	t.Parallel()
	id := deadID()
	for name, tc := range map[string]struct{ body, want string }{
		"JSON":        {deadRecord("i", deadEvent(id, time.Now(), jsonData)), `{"sku": "A-1"}`},
		"binary":      {deadRecord("i", deadEvent(id, time.Now(), `"data_base64":"AAEC"`)), "\x00\x01\x02"},
		"bare event":  {deadEvent(id, time.Now(), `"datacontenttype":"text/plain","data":"hi"`), "hi"},
		"no event":    {deadRecord("i", `{"orders": []}`), `{"orders": []}`},
		"no letter":   {"hello", "hello"},
		"kept a text": {`{"version":"homing.letter/1","reason":"unknown","text":"hi"}`, "hi"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t, tc.body)
			path := filepath.Join(t.TempDir(), "data")
			if got := c.deadletter(t, false, "show", "message-0", "--data", path).ok(t); got.out != "" || read(t, path) != tc.want {
				t.Errorf("got %q, %+v", read(t, path), got)
			}
			if got := c.deadletter(t, false, "show", "message-0", "--data", "-").ok(t).out; got != tc.want {
				t.Errorf("got %q", got)
			}
			c.deadletter(t, false, "show", "message-0", "--data", filepath.Join(path, "x")).failed(t, 1, "write the data")
		})
	}
}

func TestWhatCannotBeShownIsAnError(t *testing.T) {
	t.Parallel()
	id := deadID()
	event := deadEvent(id, time.Now(), jsonData)
	c := newCloud(t, deadRecord("invocation-1", event), deadRecord("invocation-2", event),
		`{"version":"homing.letter/1","reason":"crashed","unanswered":"timed out","leftOut":["data"],"event":{}}`)
	c.deadletter(t, false, "show", "another").failed(t, 1, `no dead letter "another"`, "homing deadletter list")
	c.deadletter(t, false, "show", id.String(), "--data", "-").failed(t, 2, "2 letters", "invocation-1, invocation-2")
	c.deadletter(t, false, "show", "message-2", "--data", "-").failed(t, 1, "data", "did not fit")
	if got := c.deadletter(t, false, "show", id.String()).ok(t).out; strings.Count(got, "request     ") != 2 {
		t.Errorf("got %s", got)
	}
	got := c.deadletter(t, false, "show", "message-2").ok(t).out
	if !strings.Contains(got, "left out    data") || !strings.Contains(got, "may not have been told") {
		t.Errorf("got %s", got)
	}
}

func TestDeadLettersAreRedriven(t *testing.T) {
	t.Parallel()
	first, second := deadID(), deadID()
	one, two := deadEvent(first, time.Now().Add(time.Hour), jsonData), deadEvent(second, time.Now().Add(time.Hour), jsonData)
	c := newCloud(t, deadRecord("invocation-1", one), deadRecord("invocation-2", two), deadRecord("invocation-1", one))
	got := c.deadletter(t, false, "redrive", first.String()).ok(t).out
	if got != "sent "+first.String()+"\n1 sent, 0 failed\n" || len(c.invoked) != 1 || c.invoked[0] != one || c.names[0] != deadFunction {
		t.Errorf("got %q, invoked %q on %q", got, c.invoked, c.names)
	}
	c.left(t, 1)
	got = c.deadletter(t, false, "redrive", "--all", "--to", "another").ok(t).out
	if got != "sent "+second.String()+"\n1 sent, 0 failed\n" || c.invoked[1] != two || c.names[1] != "another" {
		t.Errorf("got %q, invoked %q on %q", got, c.invoked, c.names)
	}
	c.left(t, 0)
	if got := c.deadletter(t, false, "redrive", "--all").ok(t).out; got != "0 sent, 0 failed\n" {
		t.Errorf("got %q", got)
	}
}

func TestLateDeadLettersAreRedrivenOnlyOnDemand(t *testing.T) {
	t.Parallel()
	id := deadID()
	c := newCloud(t, deadRecord("invocation-1", deadEvent(id, time.Now().Add(-time.Minute), jsonData)))
	got := c.deadletter(t, false, "redrive", "--all")
	got.failed(t, 1, "not sent "+id.String(), "--late", "callers are gone")
	if got.out != "0 sent, 1 failed\n" || len(c.invoked) != 0 {
		t.Errorf("got %q, invoked %q", got.out, c.invoked)
	}
	c.left(t, 1)
	c.deadletter(t, false, "redrive", "--all", "--late", "--deadline", "1h").ok(t)
	var ev struct{ Expirytime time.Time }
	if err := json.Unmarshal([]byte(c.invoked[0]), &ev); err != nil || time.Until(ev.Expirytime) < 50*time.Minute {
		t.Errorf("%v: %s", err, c.invoked)
	}
	c.left(t, 0)
}

func TestRedriveThatFailsReportsItAndKeepsTheLetters(t *testing.T) {
	t.Parallel()
	id := deadID()
	event := deadEvent(id, time.Now().Add(time.Hour), jsonData)
	for name, tc := range map[string]struct {
		refuse, code string
		texts        []string
		sent         int
	}{
		"function": {"Invoke", "ResourceNotFoundException", []string{"not sent " + id.String(), "--to FUNCTION"}, 0},
		"denied":   {"Invoke", "AccessDeniedException", []string{"not sent " + id.String(), "lambda:InvokeFunction"}, 0},
		"delete":   {"DeleteMessage", "RequestThrottled", []string{"sent, not deleted " + id.String(), "still in the queue"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t, deadRecord("invocation-1", event))
			c.refuse[tc.refuse] = tc.code
			got := c.deadletter(t, false, "redrive", "--all")
			got.failed(t, 1, tc.texts...)
			if want := fmt.Sprintf("%d sent, 1 failed\n", tc.sent); got.out != want || len(c.invoked) != tc.sent {
				t.Errorf("got %q, %d invoked", got.out, len(c.invoked))
			}
			c.left(t, 1)
		})
	}
	c := newCloud(t, deadRecord("invocation-1", event))
	got := c.deadletter(t, false, "redrive", "another", "invocation-1")
	got.failed(t, 1, "not there another")
	if !strings.HasSuffix(got.out, "1 sent, 1 failed\n") {
		t.Errorf("got %q", got.out)
	}
}

func TestMisuseOfDeadLetterCommands(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ args, texts []string }{
		"no id":              {[]string{"show"}, []string{"say which letter", "homing deadletter list"}},
		"two ids":            {[]string{"show", "a", "b"}, []string{"an argument too many"}},
		"list of something":  {[]string{"list", "a"}, []string{"an argument too many"}},
		"nothing to redrive": {[]string{"redrive"}, []string{"either their ids or --all"}},
		"too much":           {[]string{"redrive", "a", "--all"}, []string{"either their ids or --all"}},
		"deadline alone":     {[]string{"redrive", "a", "--deadline", "1h"}, []string{"add --late"}},
		"no URL":             {[]string{"list", "--queue", "letters"}, []string{`"letters" is not the URL`, "sam list stack-outputs"}},
		"an ARN":             {[]string{"list", "--queue", "arn:aws:sqs:eu-west-1:1:q"}, []string{"is not the URL", "sam list stack-outputs"}},
		"URL without a name": {[]string{"list", "--queue", "https://sqs.eu-west-1.amazonaws.com/"}, []string{"is not the URL"}},
		"unknown command":    {[]string{"redrve"}, []string{`did you mean "redrive"?`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			newCloud(t).deadletter(t, false, tc.args...).failed(t, 2, tc.texts...)
		})
	}
	if err := checkQueue(""); err == nil || !strings.Contains(err.Error(), deadLettersVariable) {
		t.Errorf("got %v", err)
	}
}
