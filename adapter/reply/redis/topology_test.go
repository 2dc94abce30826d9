package redis_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/redis"
	"github.com/homing-dev/homing/adapter/reply/replytest"
	"github.com/homing-dev/homing/tests/redisserver"
)

// cluster starts three masters that share the slots.
func cluster(t *testing.T) (url string, nodes []*redisserver.Server) {
	t.Helper()
	var addrs []string
	for range 3 {
		bus, err := redisserver.FreePort(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		nodes = append(nodes, start(t, redisserver.Options{Config: []string{
			"cluster-enabled yes", "cluster-port " + strconv.Itoa(bus), "cluster-node-timeout 10000",
		}}))
		addrs = append(addrs, nodes[len(nodes)-1].Addr())
	}
	const slots = 16384
	for i, on := range nodes {
		c := client(t, on.URL())
		if err := c.ClusterAddSlotsRange(t.Context(), i*slots/3, (i+1)*slots/3-1).Err(); err != nil {
			t.Fatal(err)
		}
		bus, err := c.ConfigGet(t.Context(), "cluster-port").Result()
		if err != nil {
			t.Fatal(err)
		}
		for _, other := range nodes {
			if err := client(t, other.URL()).Do(t.Context(), "CLUSTER", "MEET", "127.0.0.1", on.Port(), bus["cluster-port"]).Err(); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, on := range nodes {
		for {
			info, err := client(t, on.URL()).ClusterInfo(t.Context()).Result()
			if err == nil && strings.Contains(info, "cluster_state:ok") && strings.Contains(info, "cluster_known_nodes:3") {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	return "redis+cluster://" + strings.Join(addrs, ","), nodes
}

func TestAClusterKeepsEveryPromise(t *testing.T) { //nolint:tparallel // a node is killed after the suite
	t.Parallel()
	url, nodes := cluster(t)
	t.Run("suite", func(t *testing.T) {
		replytest.Run(t, func(t *testing.T, c replytest.Config) reply.Store {
			return open(t, url, redis.Options{Now: c.Now, MaxReply: c.MaxReply})
		})
	})
	adapter, vertex := open(t, url, redis.Options{Attempt: 2 * time.Second}), open(t, url, redis.Options{Attempt: 2 * time.Second})
	ins := map[reply.Mailbox]*inbox{}
	for box := range reply.Mailbox(30) { // on all nodes
		ins[box] = listen(t, adapter, box)
	}
	all := func() {
		t.Helper()
		for box, in := range ins {
			r := newReply(box, 100)
			complete(t, vertex, r)
			in.wait(t, r)
		}
	}
	all()
	session(t, adapter, vertex)
	nodes[1].Kill()
	var running sync.WaitGroup
	running.Go(all) // those of the other nodes, and those of this one when it is back
	time.Sleep(100 * time.Millisecond)
	if err := nodes[1].Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	running.Wait()
}

func TestASentinelNamesTheNextMaster(t *testing.T) {
	t.Parallel()
	config := []string{"repl-diskless-sync-delay 0"}
	master := start(t, redisserver.Options{Config: config})
	follow := append([]string{"replicaof 127.0.0.1 " + master.Port()}, config...)
	replicas := []*redisserver.Server{start(t, redisserver.Options{Config: follow}), start(t, redisserver.Options{Config: follow})}
	for _, on := range replicas {
		for !strings.Contains(client(t, on.URL()).Info(t.Context(), "replication").Val(), "master_link_status:up") {
			time.Sleep(20 * time.Millisecond)
		}
	}
	var addrs []string
	for range 3 {
		addrs = append(addrs, start(t, redisserver.Options{Sentinel: true, Config: []string{
			"sentinel monitor main 127.0.0.1 " + master.Port() + " 2",
			"sentinel down-after-milliseconds main 3600000", "sentinel failover-timeout main 3000",
		}}).Addr())
	}
	for _, addr := range addrs {
		c := client(t, "redis://"+addr)
		for {
			found, err := c.Do(t.Context(), "SENTINEL", "CKQUORUM", "main").Text()
			slaves, _ := c.Do(t.Context(), "SENTINEL", "REPLICAS", "main").Slice()
			if err == nil && strings.HasPrefix(found, "OK 3") && len(slaves) == 2 {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	url := "redis+sentinel://" + strings.Join(addrs, ",") + "?master_name=main"
	opts := redis.Options{Attempt: time.Second}
	adapter, vertex := open(t, url, opts), open(t, url, opts)
	in := listen(t, adapter, 1)
	session(t, adapter, vertex)
	c := client(t, master.URL())
	before := newReply(1, 10)
	complete(t, vertex, before)
	in.wait(t, before)
	if err := c.Do(t.Context(), "WAIT", 2, 0).Err(); err != nil {
		t.Fatal(err)
	}
	master.Kill() // which nobody takes for dead before, if it only stands still for a moment
	for _, addr := range addrs {
		if err := client(t, "redis://"+addr).Do(t.Context(), "SENTINEL", "SET", "main", "down-after-milliseconds", 2000).Err(); err != nil {
			t.Fatal(err)
		}
	}
	after := []reply.Reply{newReply(1, 10), newReply(1, 9000)}
	complete(t, vertex, after...)
	in.wait(t, append(after, before)...)
	if _, err := adapter.Lookup(t.Context(), before.ID); err != nil {
		t.Errorf("Lookup of what the replicas had: %v", err)
	}
	session(t, adapter, vertex)
}

// certificates writes an authority, and a certificate by it for 127.0.0.1.
func certificates(t *testing.T, dir string) (ca string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotAfter: time.Now().Add(time.Hour), IsCA: true,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		"cert.pem": {Type: "CERTIFICATE", Bytes: cert}, "key.pem": {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "cert.pem")
}

// rights are what a user needs; the package's documentation has them.
const rights = "~homing:* resetchannels &homing:* -@all +@connection +ping +info +evalsha +eval +hget +hmget +hset +hsetnx +hexists +hdel " +
	"+hincrby +get +set +del +exists +pttl +pexpire +time +zadd +zrem +zrangebyscore +zscan +zscore +getrange +xadd +xtrim +xrange +xinfo +spublish +ssubscribe +sunsubscribe"

func TestTLSAndUsers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ca := certificates(t, dir)
	on := start(t, redisserver.Options{Dir: dir, TLS: true, Config: []string{
		"tls-cert-file $DIR/cert.pem", "tls-key-file $DIR/key.pem", "tls-ca-cert-file $DIR/cert.pem", "tls-auth-clients no",
		"user default off", "user homing on >secret/@:1 " + rights,
	}})
	url := "rediss://homing:secret%2F%40%3A1@" + on.Addr()
	s := open(t, url+"?ca="+ca, redis.Options{})
	session(t, s, s)

	pool := x509.NewCertPool()
	pem, err := os.ReadFile(ca)
	if err != nil || !pool.AppendCertsFromPEM(pem) {
		t.Fatal(err)
	}
	s = open(t, url, redis.Options{TLS: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}})
	session(t, s, s)

	for what, url := range map[string]string{
		"an unknown authority": url,
		"a wrong password":     "rediss://homing:secret@" + on.Addr() + "?ca=" + ca,
		"no user":              "rediss://" + on.Addr() + "?ca=" + ca,
	} {
		s, err := redis.Open(t.Context(), url, redis.Options{Attempt: patience})
		if err == nil {
			t.Errorf("%s is accepted", what)
			_ = s.Close()
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error has a secret: %v", what, err)
		}
	}
	plain := openImpatient(t, "redis://"+on.Addr(), redis.Options{Attempt: 300 * time.Millisecond, Patience: 300 * time.Millisecond})
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if _, err := plain.Lookup(ctx, reply.NewID(time.Now(), 1)); err == nil || errors.Is(err, reply.ErrUnknown) {
		t.Errorf("a server that wants TLS answers: %v", err)
	}
}
