//go:build !unix

package dynalite

import (
	"os"
	"syscall"
)

func attributes() *syscall.SysProcAttr { return nil }

func kill(p *os.Process) {
	_ = p.Kill() // it fails when there is nothing left to kill
}
