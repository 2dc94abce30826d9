package polling_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/homing-dev/homing/tests/bench/internal/polling"
)

// database answers what the body of the request is, and 400 to an empty one.
func database(t *testing.T) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || len(body) == 0 {
			w.WriteHeader(http.StatusBadRequest)
		}
		_, _ = w.Write(body)
	}))
	t.Cleanup(s.Close)
	return s
}

func proxy(t *testing.T, target string) *polling.Proxy {
	t.Helper()
	p, err := polling.NewProxy(target)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func ask(ctx context.Context, p *polling.Proxy, operation, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/", strings.NewReader(body))
	r.Header.Set("X-Amz-Target", "DynamoDB_20120810."+operation)
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w
}

func TestTheProxyHandsOnAndCounts(t *testing.T) {
	t.Parallel()
	p := proxy(t, database(t).URL)
	ask(t.Context(), p, "Query", `{"ConsumedCapacity":{"CapacityUnits":1.5}}`)
	before := p.Count()
	for _, one := range []struct{ operation, body string }{
		{"Query", `{"ConsumedCapacity":{"TableName":"t","CapacityUnits":2.5}}`},
		{"GetItem", `{"ConsumedCapacity":{"CapacityUnits":0.5}}`},
		{"GetItem", `{}`},
		{"BatchGetItem", `{"ConsumedCapacity":[{"CapacityUnits":1},{"CapacityUnits":2}]}`},
		{"Scan", `no JSON`},
		{"UpdateItem", `{"ConsumedCapacity":{"CapacityUnits":7}}`},
		{"PutItem", `{"ConsumedCapacity":"?"}`},
	} {
		if w := ask(t.Context(), p, one.operation, one.body); w.Code != http.StatusOK || w.Body.String() != one.body {
			t.Errorf("%s: got %d, %q", one.operation, w.Code, w.Body)
		}
	}
	if w := ask(t.Context(), p, "DeleteItem", ""); w.Code != http.StatusBadRequest {
		t.Errorf("got %d", w.Code)
	}
	got := p.Count().Since(before)
	if got.Reads() != 5 || got.Writes() != 3 || got.ReadUnits() != 6 || got.Failed != 1 || got.Calls["GetItem"] != 2 || got.Units["UpdateItem"] != 7 {
		t.Errorf("got %+v", got)
	}
}

func TestACallIsCountedWhoseCallerHasGone(t *testing.T) {
	t.Parallel()
	p := proxy(t, database(t).URL)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if w := ask(ctx, p, "Query", "{}"); w.Code != http.StatusBadGateway {
		t.Errorf("got %d", w.Code)
	}
	if got := p.Count(); got.Reads() != 1 || got.ReadUnits() != 0 {
		t.Errorf("got %+v", got)
	}
}

func TestACountDoesNotChangeLater(t *testing.T) {
	t.Parallel()
	p := proxy(t, database(t).URL)
	before := p.Count()
	ask(t.Context(), p, "Query", "{}")
	if before.Reads() != 0 {
		t.Errorf("it became %+v", before)
	}
}

func TestAnAddressThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	if p, err := polling.NewProxy("http://[::"); err == nil {
		t.Errorf("got %+v", p)
	}
}
