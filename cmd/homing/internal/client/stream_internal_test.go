package client

import (
	"slices"
	"strings"
	"testing"

	"github.com/homing-dev/homing/adapter/reply"
)

func watched(stream string) []string {
	var steps []string
	watchStream(strings.NewReader(stream), func(p reply.Progress) { steps = append(steps, p.Step) })
	return steps
}

func progressEvent(step string) string {
	return "id: 2\nevent: progress\ndata: {\"step\":\"" + step + "\",\"state\":\"finished\",\"attempt\":1}\n\n"
}

func TestStreamHasProgress(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 3*longestLine)
	for name, tc := range map[string]struct {
		stream string
		want   []string
	}{
		"nothing":                  {"", nil},
		"two steps":                {progressEvent("a") + progressEvent("b"), []string{"a", "b"}},
		"CRLF":                     {strings.ReplaceAll(progressEvent("a"), "\n", "\r\n"), []string{"a"}},
		"comments and retry":       {"retry: 1000\n\n: heartbeat\n\n" + progressEvent("a"), []string{"a"}},
		"a comment in an event":    {"event: progress\n: here\ndata: {\"step\":\"a\"}\n\n", []string{"a"}},
		"data on two lines":        {"event: progress\ndata: {\"step\":\ndata: \"a\"}\n\n", []string{"a"}},
		"no space after the colon": {"event:progress\ndata:{\"step\":\"a\"}\n\n", []string{"a"}},
		"other events":             {"event: accepted\ndata: {\"step\":\"x\"}\n\ndata: {\"step\":\"x\"}\n\n" + progressEvent("a"), []string{"a"}},
		"no JSON":                  {"event: progress\ndata: {\n\n" + progressEvent("a"), []string{"a"}},
		"nothing after the reply":  {progressEvent("a") + "event: reply\n" + progressEvent("b"), []string{"a"}},
		"nothing after a problem":  {progressEvent("a") + "event: problem\n" + progressEvent("b"), []string{"a"}},
		"an unfinished event":      {progressEvent("a") + strings.TrimSuffix(progressEvent("b"), "\n"), []string{"a"}},
		"a line that is too long":  {"event: progress\ndata: " + long + "\n\n" + progressEvent("a"), []string{"a"}},
		"a long unfinished line":   {progressEvent("a") + "data: " + long, []string{"a"}},
		"too many lines": {
			"event: progress\n" + strings.Repeat("data: "+long[:longestLine/2]+"\n", 100) + "\n" + progressEvent("a"),
			[]string{"a"},
		},
	} {
		if got := watched(tc.stream); !slices.Equal(got, tc.want) {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
	}
}

// FuzzStream holds that whatever comes before a blank line changes nothing of
// the events behind it, unless it ends the stream.
func FuzzStream(f *testing.F) {
	f.Add("event: progress\ndata: {\"step\":\"a\"}")
	f.Add("data: \r\r\n: x\nevent")
	f.Add("event: reply")
	f.Fuzz(func(t *testing.T, before string) {
		ends := strings.Contains(before, "reply") || strings.Contains(before, "problem")
		got := watched(before + "\n\n" + progressEvent("last"))
		if !ends && (len(got) == 0 || got[len(got)-1] != "last") {
			t.Fatalf("after %q the steps are %q", before, got)
		}
	})
}
