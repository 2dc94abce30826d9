// Package bucket is the part of Amazon S3 that keeps objects and returns them: PUT, GET,
// HEAD and DELETE of an object, in buckets that are there from the start, in memory and
// by paths (http://host/bucket/key). It checks no signature. Everything else is answered
// with 501.
package bucket

import (
	"bytes"
	"crypto/md5" //nolint:gosec // what S3 names an object's content by
	"encoding/hex"
	"encoding/xml"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// maxObject is more than any event has in data, in bytes. S3 takes 5 GB.
const maxObject = 64 << 20

// Service keeps the objects of some buckets. It is safe for concurrent use. Create one
// with [New].
type Service struct {
	mu      sync.RWMutex
	buckets map[string]map[string]object
}

// object is never changed.
type object struct {
	data              []byte
	contentType, etag string
}

// New creates empty buckets of these names.
func New(buckets ...string) *Service {
	s := &Service{buckets: map[string]map[string]object{}}
	for _, name := range buckets {
		s.buckets[name] = map[string]object{}
	}
	return s
}

// Len returns how many objects a bucket has.
func (s *Service) Len(bucket string) int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.buckets[bucket])
}

// ServeHTTP implements [http.Handler].
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	s.mu.RLock()
	_, known := s.buckets[bucket]
	s.mu.RUnlock()
	query := r.URL.Query()
	query.Del("x-id") // the SDK's name of the operation
	switch {
	case !known:
		refuse(w, http.StatusNotFound, "NoSuchBucket")
	case key == "", len(query) > 0, r.Header.Get("X-Amz-Copy-Source") != "", r.Header.Get("Range") != "",
		strings.Contains(r.Header.Get("Content-Encoding"), "aws-chunked"):
		refuse(w, http.StatusNotImplemented, "NotImplemented")
	case r.Method == http.MethodPut:
		s.put(w, r, bucket, key)
	case r.Method == http.MethodGet, r.Method == http.MethodHead:
		s.get(w, bucket, key)
	case r.Method == http.MethodDelete:
		s.mu.Lock()
		delete(s.buckets[bucket], key)
		s.mu.Unlock()
		w.WriteHeader(http.StatusNoContent)
	default:
		refuse(w, http.StatusNotImplemented, "NotImplemented")
	}
}

func (s *Service) put(w http.ResponseWriter, r *http.Request, bucket, key string) {
	var data bytes.Buffer
	if _, err := io.Copy(&data, http.MaxBytesReader(w, r.Body, maxObject)); err != nil {
		refuse(w, http.StatusBadRequest, "EntityTooLarge")
		return
	}
	sum := md5.Sum(data.Bytes()) //nolint:gosec // as above
	o := object{data.Bytes(), r.Header.Get("Content-Type"), strconv.Quote(hex.EncodeToString(sum[:]))}
	s.mu.Lock()
	s.buckets[bucket][key] = o
	s.mu.Unlock()
	w.Header().Set("ETag", o.etag)
}

func (s *Service) get(w http.ResponseWriter, bucket, key string) {
	s.mu.RLock()
	o, ok := s.buckets[bucket][key]
	s.mu.RUnlock()
	if !ok {
		refuse(w, http.StatusNotFound, "NoSuchKey")
		return
	}
	h := w.Header()
	h.Set("Content-Type", o.contentType)
	h.Set("Content-Length", strconv.Itoa(len(o.data)))
	h.Set("ETag", o.etag)
	_, _ = w.Write(o.data) // a client that is gone needs no answer
}

// problem is an error document of S3.
type problem struct {
	XMLName xml.Name `xml:"Error"`
	Code    string   `xml:"Code"`
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_ = xml.NewEncoder(w).Encode(problem{Code: code}) // a client that is gone needs no answer
}
