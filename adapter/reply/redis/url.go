package redis

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	neturl "net/url"
	"os"
	"strconv"
	"strings"
)

// kind is what a URL leads to.
type kind string

const (
	single   kind = ""
	sentinel kind = "+sentinel"
	cluster  kind = "+cluster"
)

// address is what is in a URL.
type address struct {
	kind   kind
	tls    bool
	hosts  []string // with their ports
	db     int
	master string

	username, password                 string
	sentinelUsername, sentinelPassword string

	ca, prefix string
	poolSize   int
}

// invalid returns an error for a URL. It must not have what stood in the place
// of a user or a password.
func invalid(format string, args ...any) error {
	return fmt.Errorf("URL of the reply store in Redis: "+format, args...)
}

func parseURL(text string) (*address, error) {
	scheme, rest, ok := strings.Cut(text, "://")
	a := &address{tls: strings.HasPrefix(scheme, "rediss"), poolSize: defaultPoolSize()}
	a.kind = kind(strings.TrimPrefix(strings.TrimPrefix(scheme, "redis"), "s"))
	known := scheme == "redis"+string(a.kind) || scheme == "rediss"+string(a.kind)
	if !ok || !known || a.kind != single && a.kind != sentinel && a.kind != cluster {
		return nil, invalid("it must begin with redis://, rediss://, redis+sentinel:// or redis+cluster://")
	}
	authority, path := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority, path = rest[:i], rest[i:]
	}
	user, hosts := "", authority
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		user, hosts = authority[:i+1], authority[i+1:]
	}
	u, err := neturl.Parse("redis://" + user + "host" + path)
	if err != nil || strings.Contains(path, "@") { // as after a password with a slash
		return nil, invalid("it cannot be parsed; in a password, percent-encode what is not a letter or a digit")
	}
	a.username = u.User.Username()
	a.password, _ = u.User.Password()
	if err := a.parsePath(u.Path); err != nil {
		return nil, err
	}
	query, err := neturl.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, invalid("its query cannot be parsed")
	}
	if err := a.parseHosts(append(strings.Split(hosts, ","), query["addr"]...)); err != nil {
		return nil, err
	}
	query.Del("addr")
	return a, a.parseQuery(query)
}

func (a *address) parsePath(path string) (err error) {
	path = strings.Trim(path, "/")
	if path == "" {
		return nil
	}
	if a.db, err = strconv.Atoi(path); err != nil || a.db < 0 {
		return invalid("its path must be the number of a database")
	}
	if a.kind == cluster && a.db != 0 {
		return invalid("a cluster has the database 0 only")
	}
	return nil
}

func (a *address) parseHosts(hosts []string) error {
	port := "6379"
	if a.kind == sentinel {
		port = "26379"
	}
	if a.kind == single && len(hosts) > 1 {
		return invalid("it names several hosts, so it must begin with redis+sentinel:// or redis+cluster://")
	}
	for _, host := range hosts {
		u, err := neturl.Parse("redis://" + host)
		if err != nil || u.Hostname() == "" || u.Host != host {
			return invalid("a host is missing or malformed")
		}
		a.hosts = append(a.hosts, net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), port)))
	}
	return nil
}

func (a *address) parseQuery(query neturl.Values) error {
	texts := map[string]*string{
		"master_name": &a.master, "sentinel_username": &a.sentinelUsername, "sentinel_password": &a.sentinelPassword,
		"ca": &a.ca, "prefix": &a.prefix,
	}
	for name, values := range query {
		value := values[len(values)-1]
		if into := texts[name]; into != nil {
			*into = value
			continue
		}
		if name != "pool_size" {
			return invalid("it has an unknown option %q", name)
		}
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 {
			return invalid("pool_size must be a number above 0")
		}
		a.poolSize = n
	}
	switch {
	case a.kind == sentinel && a.master == "":
		return invalid("master_name is missing")
	case a.kind != sentinel && (a.master != "" || a.sentinelUsername != "" || a.sentinelPassword != ""):
		return invalid("master_name, sentinel_username and sentinel_password are for redis+sentinel:// only")
	case a.ca != "" && !a.tls:
		return invalid("ca is for rediss:// only")
	}
	return nil
}

// tlsConfig returns nil for a URL without TLS.
func (a *address) tlsConfig(given *tls.Config) (*tls.Config, error) {
	switch {
	case !a.tls && given != nil:
		return nil, invalid("TLS is configured, so it must begin with rediss")
	case !a.tls:
		return nil, nil //nolint:nilnil // none is configured
	case given == nil:
		given = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	config := given.Clone()
	if a.ca == "" {
		return config, nil
	}
	pem, err := os.ReadFile(a.ca)
	if err != nil {
		return nil, invalid("read the certificate authority: %w", err)
	}
	config.RootCAs = x509.NewCertPool()
	if !config.RootCAs.AppendCertsFromPEM(pem) {
		return nil, errors.New("the file of the certificate authority of the reply store in Redis has no certificate")
	}
	return config, nil
}
