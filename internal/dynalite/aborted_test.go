package dynalite_test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/homing-dev/homing/internal/dynalite"
)

// dynalite throws what goes wrong with a request, and ended with a client that
// was killed in the middle of one.
func TestServerOutlivesAClientThatIsKilledInTheMiddleOfARequest(t *testing.T) {
	t.Parallel()
	s := start(t, dynalite.Options{})
	const times = 20
	for range times {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL(), "http://"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: DynamoDB_20120810.ListTables\r\nContent-Length: 100\r\n\r\n{")
		if err != nil {
			t.Fatal(err)
		}
		if status, answer := ask(t, s.URL(), "ListTables", "{}"); status != http.StatusOK { // so that it has read what came
			t.Fatalf("got %d %s", status, answer)
		}
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if status, answer := ask(t, s.URL(), "ListTables", "{}"); status != http.StatusOK {
		t.Errorf("got %d %s", status, answer)
	}
}
