package processgroup_test

import (
	"os/exec"
	"syscall"
	"testing"

	"github.com/homing-dev/homing/internal/processgroup"
)

// A thread that ends takes along what was started on it before, by whomever.
func TestTheEndOfAGroupEndsNoOtherProcess(t *testing.T) {
	t.Parallel()
	var others []*exec.Cmd
	for range 20 {
		cmd := exec.CommandContext(t.Context(), "sleep", "600")
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		others = append(others, cmd)
		group, err := processgroup.Start(exec.CommandContext(t.Context(), "true"))
		if err != nil {
			t.Fatal(err)
		}
		<-group.Ended()
	}
	for i, cmd := range others {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		if processgroup.Killed(cmd.ProcessState) {
			t.Errorf("process %d was killed", i)
		}
	}
}
