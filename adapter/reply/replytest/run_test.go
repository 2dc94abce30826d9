package replytest_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/adapter/reply/replytest"
)

// brokenPromise names the breakage in the environment of a child process.
const brokenPromise = "HOMING_TEST_BROKEN_PROMISE"

// silent hides the Notifier of a store.
type silent struct{ reply.Store }

func TestAGoodStorePasses(t *testing.T) {
	t.Parallel()
	replytest.Run(t, func(_ *testing.T, c replytest.Config) reply.Store {
		return memory.New(memory.Options{Now: c.Now, MaxReply: c.MaxReply})
	})
}

func TestAStoreNeedNotBeANotifier(t *testing.T) {
	t.Parallel()
	replytest.Run(t, func(_ *testing.T, c replytest.Config) reply.Store {
		return silent{memory.New(memory.Options{Now: c.Now, MaxReply: c.MaxReply})}
	})
}

// A suite that lets a broken store pass is worth nothing. A failed subtest
// fails its parents, so every broken store is tried in a process of its own:
// this test, run again with the name of the breakage in its environment.
func TestEveryBrokenPromiseIsNoticed(t *testing.T) {
	t.Parallel()
	if name := os.Getenv(brokenPromise); name != "" {
		replytest.Run(t, func(_ *testing.T, c replytest.Config) reply.Store {
			store := &broken{Store: memory.New(memory.Options{Now: c.Now, MaxReply: c.MaxReply}), owner: map[string]reply.ID{}}
			breakages()[name].breaks(store)
			return store
		})
		return
	}
	for name, b := range breakages() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			group := "-test.run=^TestEveryBrokenPromiseIsNoticed$/^" + b.group + "$"
			child := exec.CommandContext(t.Context(), os.Args[0], group)
			child.Env = append(os.Environ(), brokenPromise+"="+name)
			out, err := child.CombinedOutput()
			if err == nil {
				t.Fatalf("a store that breaks a promise passes the checks of %s:\n%s", b.group, out)
			}
			if !strings.Contains(string(out), "--- FAIL: TestEveryBrokenPromiseIsNoticed/"+b.group+"/") {
				t.Errorf("no check of %s failed, but the process did: %v\n%s", b.group, err, out)
			}
			if strings.Contains(string(out), "panic:") {
				t.Errorf("the suite panicked:\n%s", out)
			}
		})
	}
}
