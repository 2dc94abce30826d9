package aws_test

import (
	"bytes"
	"image"
	_ "image/jpeg" // what the README makes
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/homing-dev/homing/tests/internal/wait"
)

// built creates a folder as `sam build` leaves it, with functions for this
// machine.
func built(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	target := filepath.Join(dir, ".aws-sam", "build")
	if err := os.MkdirAll(target, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(target, "template.yaml"), []byte(sample(t, "template.yaml")), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(bootstrap, filepath.Join(target, "bootstrap")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// A user builds, types `homing local` and the lines of the README, and ends it
// with Ctrl-C, or it is killed: nothing of it runs on.
func TestLocalAsACommand(t *testing.T) {
	t.Parallel()
	for _, shape := range shapes() {
		t.Run(shape, func(t *testing.T) {
			t.Parallel()
			c := start(t, built(t), "local", "--port", "0", "--parameter", "Shape="+shape, "--parameter", "Open=true")
			url := c.says(`API +Api +(http://127\.0\.0\.1:[0-9]+)`)
			asREADME(t, url)
			all := descendants(t, c.cmd.Process.Pid)
			if len(all) < 2 {
				t.Errorf("there are only %d processes: of functions, and of the tables", len(all))
			}
			if shape == split {
				if err := c.cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
				wait.Receive(t, "the end of the command", c.ended)
			} else {
				c.interrupt()
			}
			wait.Eventually(t, "the end of all its processes", func() bool { return !anyRuns(all) })
		})
	}
}

// asREADME types the lines of the README's first block for the shell after
// "make run".
func asREADME(t *testing.T, url string) {
	t.Helper()
	_, after, _ := strings.Cut(sample(t, "README.md"), "make run\n```")
	_, after, _ = strings.Cut(after, "```sh\n")
	block, _, found := strings.Cut(after, "```")
	lines := strings.Split(strings.TrimSpace(block), "\n")
	if !found || len(lines) != 2 {
		t.Fatalf("README.md has %q, want two commands", lines)
	}
	picture := filepath.Join(t.TempDir(), "thumb.jpg")
	var outputs []string
	for _, line := range lines {
		const there = "http://127.0.0.1:8080"
		if !strings.Contains(line, there) {
			t.Errorf("%s does not call %s", line, there)
		}
		line = strings.ReplaceAll(strings.ReplaceAll(line, there, url), "-o thumb.jpg", "-o '"+picture+"'")
		cmd := exec.CommandContext(t.Context(), "sh", "-c", line)
		cmd.Dir = root
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		outputs = append(outputs, string(out))
	}
	if !strings.Contains(outputs[0], `"gross"`) || outputs[1] != "" {
		t.Errorf("got %s", outputs)
	}
	data, err := os.ReadFile(picture)
	if err != nil {
		t.Fatal(err)
	}
	const width = 320 // as the line asks for
	if made, format, err := image.Decode(bytes.NewReader(data)); err != nil || format != "jpeg" || made.Bounds().Dx() != width {
		t.Errorf("%v, %s", err, format)
	}
}

// process is a process and when it started, which tells it from another that
// got its number.
type process struct {
	pid     int
	started string
}

// descendants are the processes below one.
func descendants(t *testing.T, pid int) []process {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	below := map[int]bool{pid: true}
	var out []process
	for again := true; again; {
		again = false
		for _, e := range entries {
			child, err := strconv.Atoi(e.Name())
			if err != nil || below[child] {
				continue
			}
			if parent, started, _ := stat(child); below[parent] {
				below[child], again = true, true
				out = append(out, process{child, started})
			}
		}
	}
	return out
}

// stat reads the parent, the start and the state of a process; see
// proc_pid_stat(5).
func stat(pid int) (parent int, started, state string) {
	data, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return 0, "", ""
	}
	_, after, _ := strings.Cut(string(data), ") ") // behind the name
	fields := strings.Fields(after)
	const stateField, parentField, startField = 0, 1, 19
	if len(fields) <= startField {
		return 0, "", ""
	}
	parent, _ = strconv.Atoi(fields[parentField])
	return parent, fields[startField], fields[stateField]
}

func anyRuns(all []process) bool {
	for _, p := range all {
		_, started, state := stat(p.pid)
		if started == p.started && state != "Z" && syscall.Kill(p.pid, 0) == nil {
			return true
		}
	}
	return false
}
