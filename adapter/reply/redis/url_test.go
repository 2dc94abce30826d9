package redis_test

import (
	"strings"
	"testing"

	"github.com/homing-dev/homing/adapter/reply/redis"
)

func TestAURLThatIsInvalidIsRefusedWithoutItsSecrets(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"":                           "must begin with",
		"http://host":                "must begin with",
		"redisx://host":              "must begin with",
		"redis+ring://host":          "must begin with",
		"redis+sentinels://host":     "must begin with",
		"redis:host":                 "must begin with",
		"redis://":                   "host is missing",
		"redis://host:port":          "host is missing or malformed",
		"redis://one,two":            "several hosts",
		"redis://one?addr=two":       "several hosts",
		"redis+cluster://one,":       "host is missing",
		"redis://u:hidden/1@host":    "percent-encode",
		"redis://u:hid%zzden@host":   "percent-encode",
		"redis://u:hidden@host/x":    "number of a database",
		"redis://host/-1":            "number of a database",
		"redis+cluster://host/1":     "database 0",
		"redis+sentinel://host":      "master_name is missing",
		"redis://host?master_name=x": "are for redis+sentinel",
		"redis+cluster://h?sentinel_password=hidden": "are for redis+sentinel",
		"redis://host?ca=x":                          "ca is for rediss",
		"rediss://host?ca=/none/hidden.pem":          "certificate authority",
		"redis://host?pool_size=0":                   "pool_size",
		"redis://host?dial_timeout=1s":               `unknown option "dial_timeout"`,
		"redis://host?prefix={x}":                    "braces",
		"redis://host?%zz":                           "query",
	} {
		s, err := redis.Open(t.Context(), url, redis.Options{})
		if err == nil {
			t.Errorf("%q is accepted", url)
			_ = s.Close()
			continue
		}
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", url, err, want)
		}
		if strings.Contains(strings.ReplaceAll(err.Error(), "hidden.pem", ""), "hid") {
			t.Errorf("%q: the error has a secret: %v", url, err)
		}
	}
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string]redis.Options{
		"a negative number":    {MaxReply: -1},
		"a negative time":      {Patience: -1},
		"a prefix with braces": {Prefix: "a{b}"},
	} {
		if s, err := redis.Open(t.Context(), "redis://host", opts); err == nil {
			t.Errorf("%s is accepted", name)
			_ = s.Close()
		}
	}
}

func TestPrefixesKeepStoresApart(t *testing.T) {
	t.Parallel()
	one, two := open(t, onRedis.URL()+"/1?prefix=one:", redis.Options{}), open(t, onRedis.URL()+"/1", redis.Options{Prefix: "two:"})
	r := newReply(1, 10)
	in := listen(t, two, 1)
	complete(t, one, r)
	complete(t, two, r)
	in.wait(t, r)
	c := client(t, onRedis.URL()+"/1")
	keys, err := c.Keys(t.Context(), "*").Result()
	if err != nil || len(keys) == 0 {
		t.Fatal(keys, err)
	}
	for _, key := range keys {
		if !strings.HasPrefix(key, "one:") && !strings.HasPrefix(key, "two:") {
			t.Errorf("the key %s has no prefix", key)
		}
	}
}
