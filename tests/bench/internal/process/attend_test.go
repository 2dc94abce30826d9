package process_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/homing-dev/homing/tests/bench/internal/process"
)

// attend gives the address and the answers to commands.
func attend(t *testing.T, hooks process.Hooks, commands ...string) (string, []process.Measurement) {
	t.Helper()
	var out bytes.Buffer
	in := strings.NewReader(strings.Join(commands, "\n"))
	if err := process.Attend(in, &out, "127.0.0.1:80", hooks); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(&out)
	lines.Scan()
	address := lines.Text()
	var answers []process.Measurement
	for lines.Scan() {
		var m process.Measurement
		if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
			t.Fatalf("%s: %v", lines.Text(), err)
		}
		answers = append(answers, m)
	}
	if len(answers) != len(commands) {
		t.Fatalf("%d answers to %d commands", len(answers), len(commands))
	}
	return address, answers
}

func TestAttendMeasures(t *testing.T) {
	t.Parallel()
	address, got := attend(t, process.Hooks{}, process.CmdMeasure, process.CmdCollect, process.CmdMeasure)
	if address != "127.0.0.1:80" {
		t.Errorf("the address is %q", address)
	}
	for i, m := range got {
		if m.Error != "" || m.Mallocs == 0 || m.Allocated == 0 || m.Heap == 0 || m.Stack == 0 || m.RSS < m.Stack || m.CPU <= 0 {
			t.Errorf("answer %d: %+v", i, m)
		}
		if i > 0 && (m.Mallocs < got[i-1].Mallocs || m.CPU < got[i-1].CPU) {
			t.Errorf("answer %d is less than the one before: %+v, %+v", i, m, got[i-1])
		}
	}
}

func TestAttendCallsItsHooks(t *testing.T) {
	t.Parallel()
	waiting := 7
	hooks := process.Hooks{Waiting: func() int { return waiting }, Release: func() { waiting = 0 }}
	_, got := attend(t, hooks, process.CmdMeasure, process.CmdRelease, process.CmdMeasure)
	if got[0].Waiting != 7 || got[2].Waiting != 0 {
		t.Errorf("%d and then %d wait, want 7 and 0", got[0].Waiting, got[2].Waiting)
	}
	if _, got := attend(t, process.Hooks{}, process.CmdRelease); got[0].Error != "" {
		t.Errorf("without hooks: %s", got[0].Error)
	}
}

func TestAttendAnswersWhatItCannotDo(t *testing.T) {
	t.Parallel()
	nowhere := filepath.Join(t.TempDir(), "missing", "file")
	tests := map[string]string{
		"dance":                            `no command "dance"`,
		"":                                 `no command ""`,
		process.CmdProfiled:                "no CPU profile was started",
		process.CmdProfile + " " + nowhere: "create the CPU profile",
		process.CmdAllocs + " " + nowhere:  "create the profile of allocations",
	}
	for command, want := range tests {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			// An empty line is a command only if another one follows.
			if _, got := attend(t, process.Hooks{}, command, process.CmdMeasure); !strings.Contains(got[0].Error, want) || got[1].Error != "" {
				t.Errorf("got %q, want %q; then %q", got[0].Error, want, got[1].Error)
			}
		})
	}
}

func TestProfilesAreWritten(t *testing.T) { //nolint:paralleltest // a process has one CPU profile
	dir := t.TempDir()
	cpu, allocs := filepath.Join(dir, "cpu"), filepath.Join(dir, "allocs")
	_, got := attend(t, process.Hooks{},
		process.CmdProfile+" "+cpu, process.CmdProfile+" "+cpu, process.CmdProfiled, process.CmdAllocs+" "+allocs)
	if got[0].Error != "" || !strings.Contains(got[1].Error, "already") || got[2].Error != "" || got[3].Error != "" {
		t.Fatalf("got %+v", got)
	}
	for _, file := range []string{cpu, allocs} {
		data, err := os.ReadFile(file)
		if err != nil || !bytes.HasPrefix(data, []byte{0x1f, 0x8b}) { // gzip
			t.Errorf("%s: %d bytes, %v", file, len(data), err)
		}
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error)  { return 0, errors.New("torn") }
func (broken) Write([]byte) (int, error) { return 0, errors.New("torn") }

func TestAttendEndsWithItsPipes(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := process.Attend(broken{}, &out, "a", process.Hooks{}); err == nil {
		t.Error("no error of the input")
	}
	if err := process.Attend(strings.NewReader(process.CmdMeasure), broken{}, "a", process.Hooks{}); err == nil {
		t.Error("no error of the output")
	}
}
