package local

import (
	"io"
	"net/http"
	"time"
)

// lingerTime is how long what comes of a refused body is read and thrown away.
const lingerTime = 5 * time.Second

// lingering reads on behind an answer that closes the connection, as nginx does.
// Closing a connection while the body still comes resets it, and a client that
// sends all of it before it reads would not hear why it was refused.
func lingering(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := r.Body
		next.ServeHTTP(w, r)
		if r.ProtoMajor != 1 || body == http.NoBody || r.Header.Get("Expect") != "" || w.Header().Get("Connection") != "close" {
			return
		}
		conn := http.NewResponseController(w)
		if conn.Flush() == nil && conn.SetReadDeadline(time.Now().Add(lingerTime)) == nil {
			_, _ = io.Copy(io.Discard, body)
		}
	})
}
