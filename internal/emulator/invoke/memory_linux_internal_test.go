package invoke

import (
	"os"
	"testing"
)

func TestResidentMemoryIsThatOfTheProcess(t *testing.T) {
	t.Parallel()
	var r residence
	r.open(os.Getpid())
	first := r.bytes()
	if first < 1<<20 {
		t.Errorf("this process has %d bytes", first)
	}
	r.close()
	if got := r.bytes(); got != 0 {
		t.Errorf("got %d after the end", got)
	}
	var none residence
	none.open(-1)
	if got := none.bytes(); got != 0 {
		t.Errorf("got %d of no process", got)
	}
	none.close()
}

// BenchmarkMemory is what the emulator does every 20 ms of each invocation.
func BenchmarkMemory(b *testing.B) {
	var r residence
	r.open(os.Getpid())
	defer r.close()
	for b.Loop() {
		r.bytes()
	}
}
