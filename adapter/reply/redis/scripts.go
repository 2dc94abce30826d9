package redis

import (
	"embed"
	"fmt"

	"github.com/redis/go-redis/v9"
)

//go:embed lua
var sources embed.FS

// scripts are the changes and reads that are one call each, and happen as a
// whole. The server knows them by their hash; one that has forgotten them gets
// their text.
type scripts struct {
	complete, promised               *redis.Script
	register, cancel, lookup, stream *redis.Script
	claim, reclaim                   *redis.Script
	grant, fence, keep, released     *redis.Script
	letter, noLetter, count          *redis.Script
}

// Flags of a script: without one of them it is refused when the server is out
// of memory.
const (
	readOnly = " flags=no-writes"
	evenFull = " flags=allow-oom"
)

func newScripts() (*scripts, error) {
	var failed error
	text := func(name string) string {
		source, err := sources.ReadFile("lua/" + name + ".lua")
		if err != nil {
			failed = err
		}
		return string(source)
	}
	prelude := text("prelude")
	script := func(name, flags string) *redis.Script {
		return redis.NewScript("#!lua" + flags + "\n" + prelude + text(name))
	}
	limits := fmt.Sprintf("local stream_life, stream_length = %d, %d\n", streamLife.Milliseconds(), streamLength)
	complete := func(flags string) *redis.Script {
		return redis.NewScript("#!lua" + flags + "\n" + limits + text("plain") + prelude + text("complete"))
	}
	return &scripts{
		complete: complete(""),
		promised: complete(evenFull),
		register: script("register", ""),
		cancel:   script("cancel", evenFull),
		lookup:   script("lookup", readOnly),
		stream:   script("stream", readOnly),
		claim:    script("claim", ""),
		reclaim:  script("claim", evenFull),
		grant:    script("grant", readOnly),
		fence:    script("fence", evenFull),
		keep:     script("keep", evenFull),
		released: script("release", evenFull),
		letter:   script("letter", ""),
		noLetter: script("letter", evenFull),
		count:    script("count", ""),
	}, failed
}
