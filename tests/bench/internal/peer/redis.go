package peer

import (
	"context"
	"fmt"
	"net"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/redis"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes/knative"
	"github.com/homing-dev/homing/runtimes/local"
)

// The processes of the shape vertex whose replies come home through Redis.
const (
	RedisAdapter Name = "Homing adapter with Redis"
	RedisVertex  Name = "Homing vertex with Redis"
)

// serveRedis serves an adapter or a vertex that shares the store at the first URL.
// The second one is where the adapter sends its events: the vertex itself, in the
// place of a broker.
func serveRedis(ctx context.Context, ln net.Listener, name Name, steps []functions.Function, urls []string) error {
	logger := logger()
	store, err := redis.Open(ctx, urls[0], redis.Options{Logger: logger})
	if err != nil {
		return fmt.Errorf("open the store of %s: %w", name, err)
	}
	defer func() { _ = store.Close() }()
	cfg := knative.Config{Role: knative.RoleVertex, Carrier: knative.CarrierBroker, SharedStoreURL: urls[0], BrokerURL: urls[1]}
	if name == RedisAdapter {
		cfg.Role, cfg.ReplyKeys = knative.RoleAdapter, reply.RandomKeys() // the vertex takes events without a check
	}
	s, err := knative.New(cfg, []functions.Chain{chainOf(steps)}, knative.Options{Store: store, Logger: logger})
	if err != nil {
		return fmt.Errorf("create %s: %w", name, err)
	}
	defer s.Close()
	return local.Server{Service: s, Drain: drain, Logger: logger}.Serve(ctx, ln)
}
