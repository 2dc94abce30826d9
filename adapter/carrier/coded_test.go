package carrier_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/problem"
)

// coded returns text in a coding.
func coded(t *testing.T, text, coding string) string {
	t.Helper()
	var out bytes.Buffer
	var w io.WriteCloser
	var err error
	switch coding {
	case "gzip":
		w = gzip.NewWriter(&out)
	case "deflate":
		w = zlib.NewWriter(&out)
	case "br":
		w = brotli.NewWriter(&out)
	case "zstd":
		w, err = zstd.NewWriter(&out, zstd.WithEncoderConcurrency(1))
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestBugTheCodedAnswerOfAStepWasHandedOn(t *testing.T) {
	t.Parallel()
	const text = `{"n":"ü"}`
	const structured = `{"specversion":"1.0","id":"done","source":"/step","type":"t","datacontenttype":"application/json","data":` + text + `}`
	const failure = `{"title":"No such order","status":404,"detail":"seven"}`
	in, _ := request()
	for _, coding := range []string{"gzip", "br", "zstd", "deflate"} {
		for name, header := range map[string][]string{
			text: binary("Content-Encoding", coding), structured: {"Content-Type", structuredType, "Content-Encoding", strings.ToUpper(coding)},
		} {
			out, err := client(t, carrier.Options{}).Send(t.Context(), remote(t, answer(200, coded(t, name, coding), header...)), in)
			if err != nil || out == nil || string(out.DataEncoded) != text || out.ID() != "done" {
				t.Errorf("%s: got %v, %v of %s", coding, out, err, name)
			}
		}
		two := coded(t, coded(t, text, coding), "gzip")
		out, err := client(t, carrier.Options{}).Send(t.Context(), remote(t, answer(200, two, binary("Content-Encoding", coding+", gzip")...)), in)
		if err != nil || out == nil || string(out.DataEncoded) != text {
			t.Errorf("%s and gzip: got %v, %v", coding, out, err)
		}
		_, err = client(t, carrier.Options{}).Send(t.Context(), remote(t, answer(404, coded(t, failure, coding),
			"Content-Type", functions.ProblemContentType, "Content-Encoding", coding)), in)
		if p := stepError(t, err).Problem; p.Title != "No such order" || p.Detail != "seven" {
			t.Errorf("%s: got %+v", coding, p)
		}
	}
}

func stepError(t *testing.T, err error) *carrier.StepError {
	t.Helper()
	e, ok := errors.AsType[*carrier.StepError](err)
	if !ok {
		t.Fatalf("got %v", err)
	}
	return e
}

func TestAnAnswerThatCannotBeDecodedIsABadResponse(t *testing.T) {
	t.Parallel()
	in, _ := request()
	zeros := strings.Repeat("0", 10_000)
	for name, tt := range map[string]struct {
		coding, body string
		detail, log  string
	}{
		"unknown":    {"gzip, lzma", "x", "the step answered in a content coding that is not known", `the content coding "lzma" is not known`},
		"broken":     {"gzip", "{}", "the step answered what is no whole gzip stream", "gzip stream"},
		"cut short":  {"br", coded(t, zeros, "br")[:10], "the step answered what is no whole br stream", "unexpected EOF"},
		"trailing":   {"zstd", coded(t, "{}", "zstd") + "x", "the step answered what is no whole zstd stream", "zstd stream"},
		"bomb":       {"deflate", coded(t, zeros, "deflate"), "the step answered more than 1000 bytes", "larger than its limit"},
		"bomb in br": {"br", coded(t, zeros, "br"), "the step answered more than 1000 bytes", "larger than its limit"},
	} {
		url := remote(t, answer(200, tt.body, binary("Content-Encoding", tt.coding)...))
		_, err := client(t, carrier.Options{MaxReply: 1000}).Send(t.Context(), url, in)
		e := stepError(t, err)
		log := problem.ForLog(err).Error()
		if e.Problem.Status != 502 || e.Problem.Title != "Bad response from step" || e.Problem.Detail != tt.detail || e.Temporary() {
			t.Errorf("%s: got %+v", name, e.Problem.Problem)
		}
		if !strings.Contains(log, tt.log) || !strings.Contains(log, url) {
			t.Errorf("%s: the log has %s", name, log)
		}
		url = remote(t, answer(500, tt.body, "Content-Encoding", tt.coding))
		_, err = client(t, carrier.Options{MaxReply: 1000}).Send(t.Context(), url, in)
		if e := stepError(t, err); e.Problem.Status != 500 || !e.Temporary() || !strings.Contains(strings.ReplaceAll(problem.ForLog(err).Error(), `\`, ""), tt.log) {
			t.Errorf("%s, failed: got %+v, %v", name, e.Problem.Problem, problem.ForLog(err))
		}
	}
}

// What a sink answers beside a success is not looked at, in whatever coding.
func TestAPublishedEventIsTakenWhateverTheCodingOfTheAnswer(t *testing.T) {
	t.Parallel()
	in, _ := request()
	for _, status := range []int{200, 202, 204} {
		url := remote(t, answer(status, map[int]string{200: "x", 202: "x"}[status], "Content-Encoding", "lzma"))
		if err := (carrier.Broker{Client: client(t, carrier.Options{}), URL: url}).Publish(t.Context(), in); err != nil {
			t.Errorf("%d: %v", status, err)
		}
	}
}
