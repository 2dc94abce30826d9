package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/homing-dev/homing/tests/redisserver"
)

// Of -fsync: when Redis has its log on the disk.
const (
	fsyncAlways      = "always"   // before it answers
	fsyncEverySecond = "everysec" // a second later, or two
)

// everySecond is what a server with appendfsync everysec is documented to forget.
const everySecond = 2 * time.Second

// newRedis prepares a Redis server that writes a log of all that it is told. To
// kill it is what happens when its machine loses power: with everysec the last
// second of the log is gone. A server that only it is killed forgets nothing, as the
// kernel has the log.
func (s *system) newRedis(ctx context.Context) (store, error) {
	path, err := redisserver.Redis()
	if err != nil {
		return store{}, err
	}
	dir := filepath.Join(s.dir, "redis")
	const private = 0o700
	if err := os.MkdirAll(dir, private); err != nil {
		return store{}, fmt.Errorf("make the folder of Redis: %w", err)
	}
	p, err := s.spawn(ctx, storeName)
	if err != nil {
		return store{}, err
	}
	p.path, p.probe = path, servesRedis
	p.args = []string{
		"--bind", "127.0.0.1", "--port", p.port, "--dir", dir, "--save", "",
		"--appendonly", "yes", "--appendfsync", s.cfg.fsync, "--maxmemory-policy", "noeviction",
	}
	out := store{
		server: p, shared: true,
		env: func(address string) []string { return []string{"HOMING_STORE=redis://" + address} },
	}
	if s.cfg.fsync == fsyncEverySecond {
		disk := &disk{dir: filepath.Join(dir, "appendonlydir")}
		go disk.watch(ctx)
		p.afterKill = disk.losePower
		out.forgets = everySecond
	}
	return out, nil
}

// disk knows how long the log was a second ago: so much of it is on the disk.
type disk struct {
	dir string

	mu    sync.Mutex
	sizes []logSize // oldest first
	lost  int64     // bytes
}

// logSize is what the newest file of the log had at some time.
type logSize struct {
	at   time.Time
	path string
	size int64
}

// fsyncAge is the age from which on all is on the disk.
const fsyncAge = time.Second

// watch notes the size of the log until ctx ends.
func (d *disk) watch(ctx context.Context) {
	for pause(ctx, tickEvery) {
		path := d.newest()
		info, err := os.Stat(path)
		if err != nil {
			continue // there is none yet, or it was just replaced
		}
		d.mu.Lock()
		d.sizes = append(d.sizes, logSize{time.Now(), path, info.Size()})
		for len(d.sizes) > 1 && time.Since(d.sizes[1].at) > fsyncAge {
			d.sizes = d.sizes[1:]
		}
		d.mu.Unlock()
	}
}

// newest is the file of the log to which Redis appends: that with the highest number.
func (d *disk) newest() string {
	paths, err := filepath.Glob(filepath.Join(d.dir, "*.incr.aof"))
	if err != nil {
		return ""
	}
	var newest string
	most := -1
	for _, path := range paths {
		parts := strings.Split(filepath.Base(path), ".")
		if n, err := strconv.Atoi(parts[max(0, len(parts)-3)]); err == nil && n > most {
			newest, most = path, n
		}
	}
	return newest
}

// losePower cuts off what was not on the disk, when the server has been killed.
// A file that is younger than that is left as it is.
func (d *disk) losePower() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	path := d.newest()
	for len(d.sizes) > 1 && time.Since(d.sizes[0].at) > everySecond { // as the machine stood still
		d.sizes = d.sizes[1:]
	}
	if len(d.sizes) == 0 || d.sizes[0].path != path {
		return nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("lose power: %w", err)
	}
	if err := os.Truncate(path, d.sizes[0].size); err != nil {
		return fmt.Errorf("lose power: %w", err)
	}
	d.lost += info.Size() - d.sizes[0].size
	d.sizes = nil
	return nil
}
