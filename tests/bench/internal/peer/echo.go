package peer

import (
	"io"
	"net/http"
)

// maxBody bounds what the servers that are written here read, in bytes.
const maxBody = 1 << 20

// echo writes the body back.
func echo(w http.ResponseWriter, r *http.Request) {
	body, err := read(w, r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", r.Header.Get("Content-Type"))
	_, _ = w.Write(body) // a client that is gone needs no answer
}

// read reads a body of known length with one allocation, as Homing does: else
// the comparison would be about [io.ReadAll].
func read(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if n := r.ContentLength; n >= 0 && n <= maxBody {
		body := make([]byte, n)
		_, err := io.ReadFull(r.Body, body)
		return body, err
	}
	return io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
}
