package process

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"
)

// Commands of [Attend].
const (
	// CmdMeasure measures at once.
	CmdMeasure = "measure"
	// CmdCollect collects all garbage, gives free memory back to the system,
	// and measures then.
	CmdCollect = "collect"
	// CmdRelease lets waiting requests go on.
	CmdRelease = "release"
	// CmdProfile starts a CPU profile; the path of its file follows.
	CmdProfile = "profile"
	// CmdProfiled ends it.
	CmdProfiled = "profiled"
	// CmdAllocs writes a profile of all allocations since the start; the path
	// of its file follows.
	CmdAllocs = "allocs"
)

// Hooks are what the server does at a command. Nil ones do nothing.
type Hooks struct {
	Waiting func() int
	Release func()
}

// Attend tells the address of a server on out, then obeys the commands on in
// until that ends.
func Attend(in io.Reader, out io.Writer, address string, hooks Hooks) error {
	if _, err := fmt.Fprintln(out, address); err != nil {
		return fmt.Errorf("tell the address: %w", err)
	}
	answers := json.NewEncoder(out)
	var prof cpuProfile
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		m, err := obey(lines.Text(), hooks, &prof)
		if err != nil {
			m = Measurement{Error: err.Error()}
		}
		if err := answers.Encode(m); err != nil {
			return fmt.Errorf("answer %q: %w", lines.Text(), err)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read a command: %w", err)
	}
	return nil
}

func obey(line string, hooks Hooks, prof *cpuProfile) (Measurement, error) {
	if err := act(line, hooks, prof); err != nil {
		return Measurement{}, err
	}
	m, err := Measure()
	if err == nil && hooks.Waiting != nil {
		m.Waiting = hooks.Waiting()
	}
	return m, err
}

func act(line string, hooks Hooks, prof *cpuProfile) error {
	command, argument, _ := strings.Cut(line, " ")
	switch command {
	case CmdMeasure:
	case CmdCollect:
		collect()
	case CmdRelease:
		if hooks.Release != nil {
			hooks.Release()
		}
	case CmdProfile:
		return prof.start(argument)
	case CmdProfiled:
		return prof.stop()
	case CmdAllocs:
		return writeAllocs(argument)
	default:
		return fmt.Errorf("there is no command %q", command)
	}
	return nil
}

// collect needs more than one collection: a [sync.Pool] gives its objects up
// at the second, and a stack is halved by each.
func collect() {
	const collections = 4
	for range collections {
		runtime.GC()
	}
	debug.FreeOSMemory()
}
