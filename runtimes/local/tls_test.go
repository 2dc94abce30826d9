package local_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes/local"
)

// authority signs certificates.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	a := authority{t: t}
	a.key, a.cert = a.issue(&x509.Certificate{
		Subject: pkix.Name{CommonName: "an authority"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	})
	return a
}

// issue signs what of, by itself if there is no authority yet.
func (a authority) issue(of *x509.Certificate) (*ecdsa.PrivateKey, *x509.Certificate) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	of.SerialNumber = big.NewInt(time.Now().UnixNano())
	of.NotBefore, of.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = of, key
	}
	der, err := x509.CreateCertificate(rand.Reader, of, parent, key.Public(), signer)
	if err != nil {
		a.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return key, cert
}

func (a authority) client(name string) tls.Certificate {
	key, cert := a.issue(&x509.Certificate{Subject: pkix.Name{CommonName: name}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	return tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key}
}

// server writes a certificate for loopback, and returns it.
func (a authority) server(files local.Certificates) *x509.Certificate {
	a.t.Helper()
	key, cert := a.issue(&x509.Certificate{IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	for name, block := range map[string]pem.Block{
		files.Cert: {Type: "CERTIFICATE", Bytes: cert.Raw}, files.Key: {Type: "PRIVATE KEY", Bytes: der},
		files.ClientCA: {Type: "CERTIFICATE", Bytes: a.cert.Raw},
	} {
		if err := os.WriteFile(name, pem.EncodeToMemory(&block), 0o600); err != nil {
			a.t.Fatal(err)
		}
	}
	return cert
}

// secure serves a chain for the tenant acme alone, by TLS.
func secure(t *testing.T, files local.Certificates) (address string) {
	t.Helper()
	chain := functions.Chain{
		Name: "mine", Method: http.MethodPost, Path: "/mine", Tenants: []string{"acme"}, Scopes: functions.Scopes{Call: "x"},
		Steps: []functions.Step{{Name: "echo", Function: func(_ context.Context, in event.Event) (*event.Event, error) { return &in, nil }}},
	}
	a, err := adapter.New(adapter.Config{Store: memory.New(memory.Options{}), Logger: slog.New(slog.DiscardHandler)},
		adapter.Served{Chain: chain, Carrier: echoes{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		ended <- local.Server{Service: a, Certificates: files, Logger: slog.New(slog.DiscardHandler)}.Serve(ctx, ln)
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return ln.Addr().String()
}

type echoes struct{}

func (echoes) Carry(_ context.Context, in event.Event, _ func(reply.Progress)) (carrier.Result, error) {
	return carrier.Result{Event: &in}, nil
}

func TestClientsShowACertificate(t *testing.T) {
	t.Parallel()
	ours, others, dir := newAuthority(t), newAuthority(t), t.TempDir()
	files := local.Certificates{Cert: filepath.Join(dir, "cert"), Key: filepath.Join(dir, "key"), ClientCA: filepath.Join(dir, "ca")}
	first := ours.server(files)
	address := secure(t, files)
	trusted := x509.NewCertPool()
	trusted.AddCert(ours.cert)
	authorization := ""
	ask := func(method, path string, certs ...tls.Certificate) (int, *x509.Certificate, error) {
		client := http.Client{Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: trusted, Certificates: certs, MinVersion: tls.VersionTLS12}, DisableKeepAlives: true,
		}}
		r, err := http.NewRequestWithContext(t.Context(), method, "https://"+address+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if authorization != "" {
			r.Header.Set("Authorization", authorization)
		}
		resp, err := client.Do(r)
		if err != nil {
			return 0, nil, err
		}
		defer resp.Body.Close()
		_, err = io.Copy(io.Discard, resp.Body)
		return resp.StatusCode, resp.TLS.PeerCertificates[0], err
	}
	for name, tt := range map[string]struct {
		method, path string
		certs        []tls.Certificate
		status       int
	}{
		"no certificate":             {http.MethodPost, "/mine", nil, http.StatusUnauthorized},
		"of the tenant":              {http.MethodPost, "/mine", []tls.Certificate{ours.client("acme")}, http.StatusOK},
		"of another tenant":          {http.MethodPost, "/mine", []tls.Certificate{ours.client("shop")}, http.StatusForbidden},
		"of no tenant":               {http.MethodPost, "/mine", []tls.Certificate{ours.client("")}, http.StatusUnauthorized},
		"of control characters":      {http.MethodPost, "/mine", []tls.Certificate{ours.client("a\tb")}, http.StatusUnauthorized},
		"a probe has none":           {http.MethodGet, "/health/readiness", nil, http.StatusOK},
		"metrics are no probe":       {http.MethodGet, "/metrics", nil, http.StatusUnauthorized},
		"a path that climbs is none": {http.MethodPost, "/health/../mine", nil, http.StatusUnauthorized},
	} {
		for _, authorization = range []string{"", "Bearer of-nobody"} { // which nobody asks for here
			if got, _, err := ask(tt.method, tt.path, tt.certs...); err != nil || got != tt.status {
				t.Errorf("%s, %q: got %d, %v; want %d", name, authorization, got, err, tt.status)
			}
		}
	}
	// Go's client shows no certificate of an authority that was not asked for.
	foreign := others.client("acme")
	conn, err := (&tls.Dialer{Config: &tls.Config{
		RootCAs: trusted, MinVersion: tls.VersionTLS12,
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &foreign, nil },
	}}).DialContext(t.Context(), "tcp", address)
	if err == nil {
		_, err = io.ReadAll(conn) // with TLS 1.3 the refusal comes behind the handshake
		_ = conn.Close()
	}
	if err == nil {
		t.Error("a certificate of another authority is taken")
	}
	second := ours.server(files)
	over := time.Now().Add(time.Minute)
	for {
		_, got, err := ask(http.MethodGet, "/health/readiness")
		if err == nil && got.Equal(second) {
			break
		}
		if err == nil && !got.Equal(first) || time.Now().After(over) {
			t.Fatalf("the new certificate is not served: %v", err)
		}
	}
	if err := os.WriteFile(files.Cert, []byte("half of it"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, cert, err := ask(http.MethodPost, "/mine", ours.client("acme")); err != nil || got != http.StatusOK || !cert.Equal(second) {
		t.Errorf("while the file is malformed: got %d, %v", got, err)
	}
}

func TestCertificatesThatCannotBeReadAreAnError(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	files := local.Certificates{Cert: filepath.Join(dir, "cert"), Key: filepath.Join(dir, "key"), ClientCA: filepath.Join(dir, "ca")}
	newAuthority(t).server(files)
	empty := filepath.Join(dir, "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]local.Certificates{
		"no key":              {Cert: files.Cert},
		"only an authority":   {ClientCA: files.ClientCA},
		"no file":             {Cert: files.Cert, Key: filepath.Join(dir, "none")},
		"another's key":       {Cert: files.Cert, Key: files.ClientCA},
		"an empty authority":  {Cert: files.Cert, Key: files.Key, ClientCA: empty},
		"no file of a client": {Cert: files.Cert, Key: files.Key, ClientCA: filepath.Join(dir, "none")},
	} {
		ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		if err := (local.Server{Certificates: c, Logger: slog.New(slog.DiscardHandler)}).Serve(t.Context(), ln); err == nil {
			t.Errorf("%s: it serves", name)
		}
	}
}
