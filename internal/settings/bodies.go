package settings

import (
	"errors"
	"net/url"
)

// What may keep the data that is too large for a carrier, beside the URL of a driver.
const (
	BodiesStore = "store" // the reply store
	BodiesNone  = "none"  // nothing: what is too large is refused
)

var errBodies = errors.New("must be store, none or s3://BUCKET/PREFIX")

func parseBodies(s string) (string, error) {
	if s == BodiesStore || s == BodiesNone {
		return s, nil
	}
	if u, err := url.Parse(s); err != nil || u.Scheme != "s3" || u.Host == "" || u.User != nil || u.RawQuery != "" {
		return "", errBodies
	}
	return s, nil
}

// KeepsBodiesInStore reports whether the reply store keeps bodies.
func (c *Config) KeepsBodiesInStore() bool {
	return c.Bodies == BodiesStore || c.Bodies == "" && (c.Runtime == Lambda || c.SharedStoreURL != "")
}

// checkBodies finds what keeps bodies from being kept.
func (c *Config) checkBodies(invalid func(string, ...any)) {
	if c.Bodies == BodiesStore && c.SharedStoreURL == "" {
		invalid("%s is store, which needs %s: the memory of this process is no place that others fetch from",
			Variable("bodies"), Variable("store"))
	}
	if c.MaxEvent > 0 && c.Bodies == "" && c.SharedStoreURL == "" {
		invalid("%s is set, which needs %s or %s: a place for the data of larger events; or %s=none to refuse them",
			Variable("max-event"), Variable("bodies"), Variable("store"), Variable("bodies"))
	}
}
