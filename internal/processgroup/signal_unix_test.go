//go:build unix

package processgroup_test

import (
	"bufio"
	"os/exec"
	"testing"

	"github.com/homing-dev/homing/internal/processgroup"
)

func TestAGroupEndsWithWhatItHasStarted(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", "sleep 600 & echo started; wait")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p, err := processgroup.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	if line, err := lines.ReadString('\n'); err != nil {
		t.Fatal(line, err)
	}
	p.Signal(processgroup.Kill)
	if rest, err := lines.ReadString('\n'); err == nil { // the end comes when sleep, which has the pipe, has ended
		t.Errorf("it writes on: %s", rest)
	}
	<-p.Ended()
	if !processgroup.Killed(cmd.ProcessState) {
		t.Errorf("it ended by %s", cmd.ProcessState)
	}
	p.Signal(processgroup.Kill) // nobody is there
}
