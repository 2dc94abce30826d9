package knative_test

import (
	"bytes"
	"encoding/json"
	"image"
	_ "image/jpeg"
	"net/http"
	"strings"
	"testing"
	"time"

	function "github.com/homing-dev/homing"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/functions/chainfile"
)

const jsonType = "application/json"

// isQuote checks that a is the golden reply to the sample order.
func (a answer) isQuote(t *testing.T) {
	t.Helper()
	if ct := a.header.Get("Content-Type"); a.status != http.StatusOK || ct != jsonType {
		t.Fatalf("got %d %s: %s", a.status, ct, a.body)
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, a.body, "", "  "); err != nil {
		t.Fatal(err)
	}
	indented.WriteByte('\n')
	if want := sample(t, "testdata/order.quote.json"); !bytes.Equal(indented.Bytes(), want) {
		t.Errorf("the quote differs from the golden one:\n%s", indented.Bytes())
	}
}

func TestAnOrderIsQuoted(t *testing.T) {
	t.Parallel()
	s := start(t)
	call(t, http.MethodPost, s.url+"/quote", sample(t, "testdata/order.json"), "Content-Type", jsonType).isQuote(t)
}

func TestAPhotoBecomesAThumbnail(t *testing.T) {
	t.Parallel()
	s := start(t)
	got := call(t, http.MethodPost, s.url+"/thumbnail?w=64", sample(t, "testdata/photo.jpg"),
		"Content-Type", "image/jpeg", "Accept", "image/jpeg")
	if ct := got.header.Get("Content-Type"); got.status != http.StatusOK || ct != "image/jpeg" {
		t.Fatalf("got %d %s: %.200s", got.status, ct, got.body)
	}
	img, format, err := image.Decode(bytes.NewReader(got.body))
	if err != nil {
		t.Fatal(err)
	}
	if width := img.Bounds().Dx(); format != "jpeg" || width != 64 {
		t.Errorf("got a %s that is %d wide, want a jpeg of 64", format, width)
	}
}

func TestAWrongOrderIsAProblem(t *testing.T) {
	t.Parallel()
	s := start(t)
	order := bytes.Replace(sample(t, "testdata/order.json"), []byte(`"EUR"`), []byte(`"XXX"`), 1)
	got := call(t, http.MethodPost, s.url+"/quote", order, "Content-Type", jsonType)
	if ct := got.header.Get("Content-Type"); got.status != http.StatusUnprocessableEntity || ct != functions.ProblemContentType {
		t.Fatalf("got %d %s: %s", got.status, ct, got.body)
	}
	var p functions.Problem
	if err := json.Unmarshal(got.body, &p); err != nil {
		t.Fatal(err)
	}
	if p.Status != http.StatusUnprocessableEntity || p.Step != "validate" || len(p.Errors) != 1 || p.Errors[0].Pointer != "#/currency" {
		t.Errorf("got the problem %+v", p)
	}
}

func TestAnAsyncReplyIsFetched(t *testing.T) {
	t.Parallel()
	s := start(t)
	accepted := call(t, http.MethodPost, s.url+"/quote", sample(t, "testdata/order.json"),
		"Content-Type", jsonType, "Prefer", "respond-async")
	where := accepted.header.Get("Location")
	if accepted.status != http.StatusAccepted || !strings.HasPrefix(where, "/requests/") {
		t.Fatalf("got %d, Location %q: %s", accepted.status, where, accepted.body)
	}
	call(t, http.MethodGet, s.url+where, nil, "Prefer", "wait=10").isQuote(t)
}

func TestAPathWithoutAChainIsNotFound(t *testing.T) {
	t.Parallel()
	s := start(t)
	if got := call(t, http.MethodGet, s.url+"/nowhere", nil); got.status != http.StatusNotFound {
		t.Errorf("got %d: %s", got.status, got.body)
	}
}

// func-go cuts a connection after its WriteTimeout, without an answer. The
// deadline of a chain has to come first, with time left to write the answer.
func TestEveryChainAnswersBeforeTheServiceCuts(t *testing.T) {
	t.Parallel()
	const margin = time.Second
	cut := start(t).svc.WriteTimeout
	for _, c := range chains(t) {
		if timeout := c.WithDefaults().Timeout; timeout > cut-margin {
			t.Errorf("chain %s has a timeout of %s; the service cuts after %s", c.Name, timeout, cut)
		}
	}
}

// chains are the chains of the root's chain.yaml.
func chains(t *testing.T) []functions.Chain {
	t.Helper()
	known, err := function.Functions()
	if err != nil {
		t.Fatal(err)
	}
	chains, err := chainfile.Parse("chain.yaml", function.ChainFile, known)
	if err != nil {
		t.Fatal(err)
	}
	if len(chains) == 0 {
		t.Fatal("chain.yaml has no chains")
	}
	return chains
}
