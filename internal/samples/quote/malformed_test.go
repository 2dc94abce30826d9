package quote_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/homing-dev/homing/functions"
)

func TestDataThatIsNoJSONIsMalformed(t *testing.T) {
	t.Parallel()
	f := newFunctions(t)
	for _, body := range []string{"", "  ", "{", `{"currency":}`, "order", `{} {}`} {
		_, err := run(t.Context(), f, []byte(body))
		if got := statusOf(err); got != http.StatusBadRequest {
			t.Errorf("%q: status %d (%v), want 400", body, got, err)
		}
	}
}

func TestListOfProblemsIsBounded(t *testing.T) {
	t.Parallel()
	body := order("EUR", strings.Repeat(`"x":1,`, 100_000)+`"x":1`, goodLines)
	_, err := run(t.Context(), newFunctions(t), []byte(body))
	wrong, ok := errors.AsType[*functions.Error](err)
	if !ok || wrong.StatusCode() != http.StatusUnprocessableEntity {
		t.Fatalf("got %v, want a 422 error", err)
	}
	if n := len(wrong.Errors); n != 2501 || wrong.Errors[n-1].Pointer != "#" {
		t.Errorf("got %d problems, want 2500 and one that says that there are more", n)
	}
}
