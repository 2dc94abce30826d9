package redis

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"

	"github.com/redis/go-redis/v9"
)

// Open creates a store on the server that a URL names. In each form several
// hosts may stand, with commas between them; a port that is missing is 6379, of
// a Sentinel 26379:
//
//	redis://user:password@host:6379/0           one server, and its database
//	redis+sentinel://user:password@host1,host2,host3/0?master_name=main
//	redis+cluster://user:password@host1,host2   a cluster, which tells of its other nodes
//
// With rediss in the place of redis they speak TLS. User and password are those
// of the servers; in the query there may be sentinel_username and
// sentinel_password, ca (the file of a certificate authority in the place of the
// system's), prefix (of keys) and pool_size (connections to a server; 32, or 10
// for each processor if that is more). No error repeats a part of the URL that
// may be secret.
//
// A server that cannot be reached is no error: calls find out whether it can be
// later. One that refuses the user, or what he needs, is. What may lose replies, or keep them from
// being written, is warned of: see the package's documentation.
func Open(ctx context.Context, url string, opts Options) (*Store, error) {
	a, err := parseURL(url)
	if err != nil {
		return nil, err
	}
	if a.prefix != "" {
		opts.Prefix = a.prefix
	}
	if opts, err = opts.withDefaults(); err != nil {
		return nil, err
	}
	tls, err := a.tlsConfig(opts.TLS)
	if err != nil {
		return nil, err
	}
	client := redis.NewUniversalClient(&redis.UniversalOptions{
		Addrs: a.hosts, DB: a.db, MasterName: a.master, IsClusterMode: a.kind == cluster,
		Username: a.username, Password: a.password, SentinelUsername: a.sentinelUsername, SentinelPassword: a.sentinelPassword,
		TLSConfig: tls, PoolSize: a.poolSize, Protocol: protocol, MaxRetries: -1, DialerRetries: 1,
		DialTimeout: opts.Attempt, ReadTimeout: opts.Attempt, WriteTimeout: opts.Attempt, PoolTimeout: opts.Attempt,
		ContextTimeoutEnabled: true, DisableIdentity: true,
	})
	s, err := New(ctx, client, opts)
	if err != nil {
		return nil, errors.Join(err, client.Close())
	}
	s.owned = true
	if err := s.check(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

const (
	// protocol is the version of RESP: nothing of the third is needed.
	protocol = 2
	// leastPool is how many connections there may be at least: each call takes
	// one, and calls are many and short.
	leastPool = 32
	// poolPerProcessor is go-redis's own measure.
	poolPerProcessor = 10
)

func defaultPoolSize() int { return max(leastPool, poolPerProcessor*runtime.GOMAXPROCS(0)) }

// subscriber creates a connection for what is pushed by the server that has a key.
func (s *Store) subscriber(ctx context.Context, key string) (*redis.PubSub, error) {
	client, _ := s.client.(*redis.Client)
	if nodes, ok := s.client.(*redis.ClusterClient); ok {
		node, err := nodes.MasterForKey(ctx, key)
		if err != nil {
			return nil, fmt.Errorf("find the node of a cluster: %w", err)
		}
		client = node
	}
	return client.SSubscribe(ctx), nil
}

// check looks at the servers when the store is opened.
func (s *Store) check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.opts.Attempt)
	defer cancel()
	var err error
	switch client := s.client.(type) {
	case *redis.ClusterClient:
		err = client.ForEachMaster(ctx, s.checkServer)
	case *redis.Client:
		err = s.checkServer(ctx, client)
	}
	if err == nil {
		err = s.checkRights(ctx)
	}
	if err != nil && passing(err) {
		s.opts.Logger.LogAttrs(ctx, slog.LevelWarn, "reply store in Redis: the server cannot be reached yet", slog.Any("error", err))
		return nil
	}
	return err
}
