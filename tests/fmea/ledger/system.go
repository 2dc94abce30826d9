package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// replyKeys sign the tokens of replies; both adapters have them.
const replyKeys = "ledger=a secret that only the ledger has"

// retention is for how long replies are kept: for longer than any caller asks, and
// so short that a long run does not fill the store.
const retention = "5m"

// system is all that runs: processes, the links between them, and what the
// harness serves itself.
//
//	callers -> adapter-1, adapter-2 -> link-store-N -> store
//	                |                                    ^
//	             broker                          link-store-vertices
//	                v                                    |
//	           link-GROUP -> vertices -> steps           |
//	                            |------------------------|
//
// With a store that vertices do not reach they send replies by link-reply-1 to
// adapter-1, and by link-reply-2 to both, as a Service does. Replies in memory are
// those of adapter-1, and there is no other.
//
// In the shape inline the adapters call the steps, and there is no more.
type system struct {
	cfg     config
	limits  limits
	dir     string
	command string
	ledger  *ledger
	dice    *dice
	chains  string // the path of chain.yaml

	steps     *stepServer
	broker    *broker
	brokerURL string
	store     store
	adapters  [2]*process
	processes []*process // all of them
	links     []*link
}

// serve serves a handler of the harness until ctx ends, and returns its URL.
func serve(ctx context.Context, h http.Handler) (string, error) {
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("serve a double: %w", err)
	}
	srv := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0)}
	context.AfterFunc(ctx, func() { _ = srv.Close() })
	go func() { _ = srv.Serve(ln) }() // until it is closed
	return "http://" + ln.Addr().String(), nil
}

// spawn prepares a process of the command.
func (s *system) spawn(ctx context.Context, name string, env ...string) (*process, error) {
	port, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	return s.spawnOn(name, port, env...)
}

func (s *system) spawnOn(name, port string, env ...string) (*process, error) {
	p := &process{
		name: name, port: port, path: s.command, died: s.ledger.died,
		env:   append([]string{"HOMING_LISTEN=127.0.0.1:" + port, "HOMING_CHAIN=" + s.chains}, env...),
		probe: ready,
		log:   &logTail{name: name, alarm: s.ledger.died},
	}
	if s.cfg.logs != "" {
		f, err := os.Create(filepath.Join(s.cfg.logs, name+".log")) //nolint:gosec // where the caller of the ledger wants it
		if err != nil {
			return nil, fmt.Errorf("keep the log: %w", err)
		}
		p.log.file = f
	}
	s.processes = append(s.processes, p)
	return p, nil
}

func (s *system) link(ctx context.Context, name string, behind ...string) (*link, error) {
	l, err := newLink(ctx, name, s.dice, behind...)
	if err == nil {
		s.links = append(s.links, l)
	}
	return l, err
}

// start starts everything, and returns when it is ready.
func (s *system) start(ctx context.Context) error {
	var err error
	if s.store, err = s.newStore(ctx); err != nil {
		return err
	}
	if err := s.store.start(ctx); err != nil {
		return err
	}
	for i := range s.adapters {
		if i > 0 && s.store.server == nil {
			s.adapters[i] = s.adapters[0] // which has the replies
			continue
		}
		if s.adapters[i], err = s.adapter(ctx, i); err != nil {
			return err
		}
	}
	if s.cfg.shape == shapeBroker {
		if err := s.behindBroker(ctx); err != nil {
			return err
		}
	}
	for _, p := range s.processes {
		if p == s.store.server {
			continue
		}
		if err := p.start(ctx); err != nil {
			return err
		}
	}
	return nil
}

// behindBroker prepares the vertices and how their replies come home.
func (s *system) behindBroker(ctx context.Context) error {
	if s.store.shared {
		env, err := s.storeLink(ctx, "vertices")
		if err != nil {
			return err
		}
		return s.vertices(ctx, env...)
	}
	one, both := s.adapters[0], s.adapters[1]
	var replies []string
	for i, behind := range [][]string{{one.address()}, {one.address(), both.address()}} {
		if s.adapters[i] == one && i > 0 {
			continue
		}
		l, err := s.link(ctx, "link-reply-"+strconv.Itoa(i+1), behind...)
		if err != nil {
			return err
		}
		replies = append(replies, l.url())
		s.adapters[i].env = append(s.adapters[i].env, "HOMING_REPLY_URL="+l.url())
	}
	return s.vertices(ctx, "HOMING_REPLY_ALLOW="+strings.Join(replies, ","))
}

func (s *system) adapter(ctx context.Context, i int) (*process, error) {
	number := strconv.Itoa(i + 1)
	env, err := s.storeLink(ctx, number)
	if err != nil {
		return nil, err
	}
	env = append(env, "HOMING_REPLY_KEYS="+replyKeys, "HOMING_KEEP="+retention)
	if s.cfg.shape == shapeInline {
		return s.spawn(ctx, "adapter-"+number, append(env, "HOMING_ROLE=all")...)
	}
	return s.spawn(ctx, "adapter-"+number, append(env, "HOMING_ROLE=adapter", "HOMING_BROKER_URL="+s.brokerURL)...)
}

// vertices prepares those of all groups, and has the broker bring events to them.
// home is how a reply gets home.
func (s *system) vertices(ctx context.Context, home ...string) error {
	for _, g := range groups() {
		var behind []string
		for i := range g.replicas {
			p, err := s.spawn(ctx, g.name+"-"+strconv.Itoa(i+1),
				append([]string{
					"HOMING_ROLE=vertex", "HOMING_STEPS=" + g.steps, "HOMING_BROKER_URL=" + s.brokerURL, "HOMING_KEEP=" + retention,
				}, home...)...)
			if err != nil {
				return err
			}
			behind = append(behind, p.address())
		}
		l, err := s.link(ctx, "link-"+g.name, behind...)
		if err != nil {
			return err
		}
		for _, prefix := range g.prefixes {
			s.broker.route(prefix, l.url())
		}
	}
	return nil
}

// targets are what faults hit.
func (s *system) targets() []target {
	out := make([]target, 0, len(s.processes)+len(s.links))
	for _, p := range s.processes {
		out = append(out, target{name: p.name, process: p})
	}
	for _, l := range s.links {
		out = append(out, target{name: l.name, link: l})
	}
	return out
}

// end kills every process that was started, whatever state it is in.
func (s *system) end() {
	for _, p := range s.processes {
		p.kill()
		if f, ok := p.log.file.(io.Closer); ok {
			_ = f.Close() // of people
		}
	}
}
