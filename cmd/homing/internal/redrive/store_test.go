package redrive_test

import (
	"context"
	"errors"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/homing-dev/homing/cmd/homing/internal/redrive"
	"github.com/homing-dev/homing/internal/deadletter"
	"github.com/homing-dev/homing/internal/letterbox"
)

// shelf is a box with letters in the order in which they are listed.
type shelf struct {
	letterbox.Box

	letters []letterbox.Letter
	listErr error
}

func (s *shelf) List(context.Context) iter.Seq2[letterbox.Letter, error] {
	return func(yield func(letterbox.Letter, error) bool) {
		for _, l := range append([]letterbox.Letter{}, s.letters...) {
			if !yield(l, nil) {
				return
			}
		}
		if s.listErr != nil {
			yield(letterbox.Letter{}, s.listErr)
		}
	}
}

func (s *shelf) Delete(_ context.Context, old letterbox.Letter) error {
	for i, l := range s.letters {
		if l.Key == old.Key {
			if l.Version != old.Version {
				return letterbox.ErrChanged
			}
			s.letters = append(s.letters[:i:i], s.letters[i+1:]...)
		}
	}
	return nil
}

// shelved is a shelf with a letter for each event, to a broker and a vertex.
func shelved(t *testing.T, broker, vertex string, events ...string) *shelf {
	t.Helper()
	s := &shelf{}
	for i, ev := range events {
		l := deadletter.NewLetter([]byte(ev), time.Now())
		l.Reason, l.Broker, l.Function, l.Key = deadletter.Unreachable, broker, vertex, string(rune('a'+i))
		body, err := l.Body()
		if err != nil {
			t.Fatal(err)
		}
		s.letters = append(s.letters, letterbox.Letter{Key: l.Key, Version: "1", Kept: time.Now(), Body: []byte(body)})
	}
	return s
}

func TestLettersOfAStoreAreListed(t *testing.T) {
	t.Parallel()
	s := shelved(t, "", "http://vertex", eventOf(newID(), time.Now()), eventOf(newID(), time.Now()))
	s.letters = append(s.letters, letterbox.Letter{Key: "z", Version: "1", Kept: time.Now(), Body: []byte("hello")})
	entries, hidden, err := redrive.List(t.Context(), redrive.Store{Box: s}, nil)
	if err != nil || len(entries) != 3 || hidden != 0 || entries[2].Err == nil || len(entries[0].Letter.Event) != 0 {
		t.Errorf("got %+v, %d, %v", entries, hidden, err)
	}
	s.listErr = errDown
	if _, _, err := redrive.List(t.Context(), redrive.Store{Box: s}, nil); !errors.Is(err, errDown) {
		t.Errorf("got %v", err)
	}
}

func TestLettersOfAStoreAreSentOverHTTP(t *testing.T) {
	t.Parallel()
	var got []string
	status := http.StatusAccepted
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = append(got, r.Method+" "+r.URL.Path+" "+r.Header.Get("Ce-Routingslip")+" "+string(body))
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "because")
	}))
	defer srv.Close()
	const want = ` quote.price, {"a": 1}`
	for name, tc := range map[string]struct {
		broker, vertex, to, path string
		status                   int
		err                      string
	}{
		"to the broker":      {srv.URL + "/broker", srv.URL + "/vertex", "", "/broker", 202, ""},
		"to the vertex":      {"", srv.URL + "/vertex", "", "/vertex", 204, ""},
		"to another":         {srv.URL + "/broker", srv.URL + "/vertex", srv.URL + "/to", "/to", 200, ""},
		"which refuses":      {srv.URL + "/broker", "", "", "/broker", 403, "answered 403 Forbidden: because"},
		"which is elsewhere": {srv.URL + "/broker", "", "", "/broker", 302, "answered 302"},
		"to a function":      {"", "", "quote-vertex", "", 202, "must be sent to a URL"},
		"to nobody":          {"", "", "", "", 202, "not known which function"},
		"with a secret":      {"", "", "http://user:hidden@127.0.0.1:1/", "", 202, "user:xxxxx@"},
	} {
		got, status = nil, tc.status
		s := shelved(t, tc.broker, tc.vertex, eventOf(newID(), time.Now().Add(time.Hour)))
		var outcomes []redrive.Result
		sender := redrive.Sender{Box: redrive.Store{Box: s}, How: redrive.How{To: tc.to}, Done: func(r redrive.Result) { outcomes = append(outcomes, r) }}
		count, err := sender.Run(t.Context())
		if err != nil || len(outcomes) != 1 {
			t.Fatalf("%s: got %+v, %v", name, outcomes, err)
		}
		if tc.path != "" && (len(got) != 1 || !strings.HasPrefix(got[0], "POST "+tc.path+" ") || !strings.HasSuffix(got[0], want[len(" quote.price,"):])) {
			t.Errorf("%s: posted %q", name, got)
		}
		if sent := tc.err == ""; sent != (count.Sent == 1) || sent != (len(s.letters) == 0) ||
			!sent && (!strings.Contains(outcomes[0].Err.Error(), tc.err) || strings.Contains(outcomes[0].Err.Error(), "hidden")) {
			t.Errorf("%s: got %+v, %v, %d letters are left", name, count, outcomes[0].Err, len(s.letters))
		}
	}
}

// The event may die again before its letter is deleted; then the new letter stays.
func TestLetterThatWasPutAgainStays(t *testing.T) {
	t.Parallel()
	var s *shelf
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		s.letters[0].Version = "2"
		w.WriteHeader(http.StatusAccepted)
	}))
	defer srv.Close()
	s = shelved(t, srv.URL, "", eventOf(newID(), time.Now().Add(time.Hour)))
	var outcomes []redrive.Result
	sender := redrive.Sender{Box: redrive.Store{Box: s}, Done: func(r redrive.Result) { outcomes = append(outcomes, r) }}
	if _, err := sender.Run(t.Context()); err != nil || len(s.letters) != 1 || !outcomes[0].Sent || !errors.Is(outcomes[0].Err, letterbox.ErrChanged) {
		t.Errorf("got %+v, %v, %d letters", outcomes, err, len(s.letters))
	}
}
