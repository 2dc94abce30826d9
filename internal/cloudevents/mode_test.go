package cloudevents_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/homing-dev/homing/internal/cloudevents"
)

func TestModeOf(t *testing.T) {
	t.Parallel()
	contentType := func(s string) http.Header { return http.Header{"Content-Type": {s}} }
	cases := []struct {
		name   string
		header http.Header
		want   cloudevents.Mode
	}{
		{"no headers", nil, cloudevents.None},
		{"plain JSON", contentType("application/json"), cloudevents.None},
		{"other ce- headers", http.Header{"Ce-Subject": {"x"}}, cloudevents.None},
		{"all required headers", header(), cloudevents.Binary},
		{"one required header", http.Header{"Ce-Type": {"t"}}, cloudevents.Binary},
		{"a key in lower case", http.Header{"ce-specversion": {"1.0"}}, cloudevents.Binary},
		{"structured", contentType("application/cloudevents+json"), cloudevents.Structured},
		{"structured with a charset", contentType("application/cloudevents+json; charset=UTF-8"), cloudevents.Structured},
		{"structured in capitals", contentType("Application/CloudEvents+JSON"), cloudevents.Structured},
		{"structured under a key in lower case", http.Header{"content-type": {"application/cloudevents+json"}}, cloudevents.Structured},
		{"another format", contentType("application/cloudevents+avro"), cloudevents.Structured},
		{"the prefix alone", contentType("application/cloudevents"), cloudevents.Structured},
		{"structured with ce- headers", header("content-type", "application/cloudevents+json"), cloudevents.Structured},
		{"a batch", contentType("application/cloudevents-batch+json;charset=utf-8"), cloudevents.Batch},
		{"a batch of another format", contentType("application/cloudevents-batch+avro"), cloudevents.Batch},
		{"a letter that folds to s by Unicode alone", contentType("application/cloudevent\u017f+json"), cloudevents.None},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := cloudevents.ModeOf(c.header); got != c.want {
				t.Errorf("ModeOf = %v, want %v", got, c.want)
			}
		})
	}
}

func TestModesHaveTheNamesOfTheSpecification(t *testing.T) {
	t.Parallel()
	for mode, want := range map[cloudevents.Mode]string{
		cloudevents.None: "none", cloudevents.Binary: "binary", cloudevents.Structured: "structured", cloudevents.Batch: "batched", 9: "unknown",
	} {
		if got := mode.String(); got != want {
			t.Errorf("Mode(%d) = %q, want %q", mode, got, want)
		}
	}
}

// Formats and charsets that are not known are 415, not 400 (HTTP binding
// section 3 and the CloudEvents webhook).
func TestReadTellsUnsupportedFromWrong(t *testing.T) {
	t.Parallel()
	const unsupported, wrong, fine = "unsupported", "wrong", "fine"
	cases := []struct{ contentType, want string }{
		{"application/cloudevents+json", fine},
		{"application/cloudevents+json; charset=utf-8", fine},
		{`APPLICATION/cloudevents+JSON ; Charset="UTF-8"; v=1`, fine},
		{"application/cloudevents+json; charset=us-ascii", fine},
		{"application/cloudevents+json;", fine},
		{"application/cloudevents+json; charset=utf-16", unsupported},
		{"application/cloudevents+json; charset=ISO-8859-1", unsupported},
		{"application/cloudevents+avro", unsupported},
		{"application/cloudevents+jsonx", unsupported},
		{"application/cloudevents", unsupported},
		{"application/cloudevents-batch+json", unsupported},
		{"application/cloudevents+json; charset", wrong},
		{"application/cloudevents+json x", wrong},
	}
	for _, c := range cases {
		t.Run(c.contentType, func(t *testing.T) {
			t.Parallel()
			_, err := cloudevents.Read(http.Header{"Content-Type": {c.contentType}}, []byte(object("")))
			got := fine
			var fault *cloudevents.Error
			switch {
			case errors.Is(err, cloudevents.ErrUnsupported):
				got = unsupported
			case errors.As(err, &fault) && fault.Header == "content-type":
				got = wrong
			case err != nil:
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("%s, want %s (%v)", got, c.want, err)
			}
		})
	}
	twice := http.Header{"Content-Type": {cloudevents.StructuredType, cloudevents.StructuredType}}
	_, err := cloudevents.Read(twice, []byte(object("")))
	wantFault(t, err, "content-type", "must appear only once")
}
