package console

import (
	"bytes"
	"cmp"
	"compress/gzip"
	_ "embed"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"strconv"
	"strings"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/hosts"
	"github.com/homing-dev/homing/internal/problem"
)

// packed is the folder web, as command pack writes it.
//
//go:embed web.gz
var packed []byte

// unpack returns the files of the page by their names.
func unpack() (map[string]string, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	var files map[string]string
	return files, json.NewDecoder(r).Decode(&files)
}

// policy lets the page load what it is served with, and nothing else. Images that a
// step has made are put into it as data.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Handler serves the console below the root of its paths. Who may ask is for its
// caller to decide. Without tokens it answers only under the names of this machine, so
// that no page of another name that leads here can read it, and a POST has to come from
// its own page.
func (r *Recorder) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", r.page)
	mux.HandleFunc("GET /{file}", r.page)
	mux.HandleFunc("GET /api/overview", r.overview)
	mux.HandleFunc("GET /api/requests", r.requests)
	mux.HandleFunc("GET /api/requests/{id}", r.request)
	mux.HandleFunc("GET /api/requests/{id}/data/{n}", r.data)
	mux.HandleFunc("GET /api/stats", func(w http.ResponseWriter, _ *http.Request) { respond(w, r.statistics()) })
	mux.HandleFunc("GET /api/stream", r.stream)
	mux.HandleFunc("GET /api/logs", r.log)
	mux.HandleFunc("GET /api/letters", r.letters)
	mux.HandleFunc("POST /api/replay", r.replay)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		problem.Write(w, functions.Errorf(http.StatusNotFound, "the console has nothing here"))
	})
	sameOrigin := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Cache-Control", "no-store")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		problem.Nosniff(h)
		switch {
		case !r.Tokens && !hosts.Serves(nil, req.Host):
			problem.Write(w, functions.Errorf(http.StatusMisdirectedRequest, "without tokens the console is for this machine alone, and not for host %.100q", req.Host))
		case sameOrigin.Check(req) != nil:
			problem.Write(w, functions.Errorf(http.StatusForbidden, "this is for the page of the console alone"))
		default:
			mux.ServeHTTP(w, req)
		}
	})
}

// page serves the page and what belongs to it.
func (r *Recorder) page(w http.ResponseWriter, req *http.Request) {
	name := cmp.Or(req.PathValue("file"), "index.html")
	text, err := r.file(name)
	if err != nil {
		problem.Write(w, functions.Errorf(http.StatusNotFound, "the console has nothing here"))
		return
	}
	w.Header().Set("Content-Type", typeOf(name))
	_, _ = io.WriteString(w, text)
}

// file returns a file of the page.
func (r *Recorder) file(name string) (string, error) {
	files, err := r.files()
	if err != nil {
		return "", err
	}
	text, there := files[name]
	if !there {
		return "", fs.ErrNotExist
	}
	return text, nil
}

// typeOf is the media type of a file of the page, whatever this machine thinks of its
// name.
func typeOf(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	default:
		return "image/svg+xml"
	}
}

// respond answers with JSON.
func respond(w http.ResponseWriter, value any) {
	text, err := json.Marshal(value)
	if err != nil {
		problem.Write(w, functions.Errorf(http.StatusInternalServerError, "the console: %w", err))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(text) //nolint:gosec // no page: its type is JSON, and nosniff holds
}

// overview is what does not change while the process runs.
func (r *Recorder) overview(w http.ResponseWriter, _ *http.Request) {
	host, _ := os.Hostname() //nolint:errcheck // "" then
	respond(w, struct {
		Host    string      `json:"host"`
		Process int         `json:"process"`
		Started int64       `json:"started"` // Unix time in milliseconds: another one is another process
		Limits  limitsView  `json:"limits"`
		Letters bool        `json:"letters"` // the store may have some
		Chains  []chainView `json:"chains"`
	}{
		host, os.Getpid(), r.started.UnixMilli(),
		limitsView{r.Limits.Requests, r.Limits.Bytes, r.Limits.Body}, r.box() != nil, r.chainViews(),
	})
}

type limitsView struct {
	Requests int `json:"requests"`
	Bytes    int `json:"bytes"`
	Body     int `json:"body"`
}

// requests lists the last ones, newest first.
func (r *Recorder) requests(w http.ResponseWriter, req *http.Request) {
	limit, err := strconv.Atoi(req.FormValue("limit"))
	if err != nil || limit <= 0 {
		limit = r.Limits.Requests
	}
	all, change := r.since(0, r.Limits.Requests)
	found := []Summary{}
	for i := len(all) - 1; i >= 0 && len(found) < limit; i-- {
		if chain := req.FormValue("chain"); chain == "" || all[i].Chain == chain {
			found = append(found, all[i])
		}
	}
	respond(w, map[string]any{"requests": found, "change": change})
}

func (r *Recorder) request(w http.ResponseWriter, req *http.Request) {
	d, _, ok := r.detail(req.PathValue("id"))
	if !ok {
		problem.Write(w, unknown(req.PathValue("id")))
		return
	}
	respond(w, d)
}

func unknown(id string) *functions.Error {
	return functions.Errorf(http.StatusNotFound,
		"request %.60q is not among the last ones that this process has kept", id)
}

// data serves a body as it was, as a file: no browser shows it as a page.
func (r *Recorder) data(w http.ResponseWriter, req *http.Request) {
	_, all, ok := r.detail(req.PathValue("id"))
	n, err := strconv.Atoi(req.PathValue("n"))
	if !ok || err != nil || n < 0 || n >= len(all) {
		problem.Write(w, unknown(req.PathValue("id")))
		return
	}
	p := all[n]
	kind := p.kind()
	if !strings.HasPrefix(kind, "image/") {
		kind = "application/octet-stream"
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", `attachment; filename="body"`)
	h.Set("Content-Length", strconv.Itoa(len(p.data)))
	_, _ = w.Write(p.data) //nolint:gosec // an attachment
}
