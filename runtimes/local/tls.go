package local

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/problem"
)

// Certificates are files in the form of PEM by which a [Server] speaks TLS 1.2 or
// newer, and HTTP/1.1 in it. They are read again when they have changed: a
// certificate is renewed without a restart.
type Certificates struct {
	// Cert has the certificate of the server, with those between it and its
	// authority, and Key its key. "" for both means no TLS.
	Cert, Key string
	// ClientCA has the authorities whose certificates clients have to show, but for
	// liveness and readiness. "" means that none is asked for. The common name of
	// the one that a client shows is its tenant, unless there are tokens and it sends one.
	ClientCA string
}

// reloadAfter is for how long files are not looked at again.
const reloadAfter = time.Second

// certificates are what was read of files.
type certificates struct {
	files Certificates
	log   *slog.Logger

	mu     sync.Mutex
	looked time.Time
	state  [3]os.FileInfo
	config *tls.Config
}

// load reads the files.
func (c Certificates) load(log *slog.Logger) (*certificates, error) {
	out := &certificates{files: c, log: log}
	if c.Cert == "" || c.Key == "" {
		return nil, errors.New("a certificate and its key are needed together")
	}
	return out, out.read()
}

// read reads the files if they are not those that were read before. mu is held, or
// nobody else has c.
func (c *certificates) read() error {
	var state [3]os.FileInfo
	changed := false
	for i, name := range []string{c.files.Cert, c.files.Key, c.files.ClientCA} {
		if name == "" {
			continue
		}
		info, err := os.Stat(name)
		if err != nil {
			return err //nolint:wrapcheck // names the file
		}
		state[i] = info
		old := c.state[i]
		changed = changed || old == nil || !os.SameFile(old, info) || !old.ModTime().Equal(info.ModTime()) || old.Size() != info.Size()
	}
	if !changed {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(c.files.Cert, c.files.Key)
	if err != nil {
		return fmt.Errorf("certificate %s with key %s: %w", c.files.Cert, c.files.Key, err)
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}, NextProtos: []string{"http/1.1"}}
	if c.files.ClientCA != "" {
		text, err := os.ReadFile(c.files.ClientCA)
		if err != nil {
			return err //nolint:wrapcheck // names the file
		}
		config.ClientCAs, config.ClientAuth = x509.NewCertPool(), tls.VerifyClientCertIfGiven
		if !config.ClientCAs.AppendCertsFromPEM(text) {
			return fmt.Errorf("%s has no certificate", c.files.ClientCA)
		}
	}
	c.state, c.config = state, config
	return nil
}

// current is the configuration for a connection.
func (c *certificates) current() *tls.Config {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := time.Now(); now.Sub(c.looked) > reloadAfter {
		c.looked = now
		if err := c.read(); err != nil { // it may be written just now
			c.log.Warn("the certificates cannot be read again; those that were read serve on", "error", err)
		}
	}
	return c.config
}

// forTLS is what a listener needs.
func (c *certificates) forTLS() *tls.Config {
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return c.current(), nil },
	}
}

// identified lets only clients with a certificate through to next.
func identified(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/health/liveness" || r.URL.Path == "/health/readiness" { // of probes, which have none
			next.ServeHTTP(w, r)
			return
		}
		if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 {
			problem.Write(w, functions.Errorf(http.StatusUnauthorized, "show a client certificate of an authority that is trusted here"))
			return
		}
		tenant := r.TLS.VerifiedChains[0][0].Subject.CommonName
		if !adapter.IsTenant(tenant) {
			problem.Write(w, functions.Errorf(http.StatusUnauthorized, "the common name of the client certificate names no tenant"))
			return
		}
		next.ServeHTTP(w, r.WithContext(adapter.WithIdentity(r.Context(), adapter.Identity{Tenant: tenant, AllScopes: true, Default: true})))
	})
}
