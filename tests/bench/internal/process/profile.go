package process

import (
	"errors"
	"fmt"
	"os"
	"runtime/pprof"
)

// cpuProfile is a CPU profile that is being taken.
type cpuProfile struct {
	file *os.File
}

func (p *cpuProfile) start(path string) error {
	if p.file != nil {
		return errors.New("a CPU profile is being taken already")
	}
	file, err := os.Create(path) //nolint:gosec // the path that the user asked for
	if err != nil {
		return fmt.Errorf("create the CPU profile: %w", err)
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return errors.Join(fmt.Errorf("start the CPU profile: %w", err), file.Close())
	}
	p.file = file
	return nil
}

func (p *cpuProfile) stop() error {
	if p.file == nil {
		return errors.New("no CPU profile was started")
	}
	pprof.StopCPUProfile()
	err := p.file.Close()
	p.file = nil
	if err != nil {
		return fmt.Errorf("write the CPU profile: %w", err)
	}
	return nil
}

// writeAllocs writes the profile of all allocations since the start.
func writeAllocs(path string) error {
	file, err := os.Create(path) //nolint:gosec // the path that the user asked for
	if err != nil {
		return fmt.Errorf("create the profile of allocations: %w", err)
	}
	const binary = 0 // the format that "go tool pprof" reads
	if err := errors.Join(pprof.Lookup("allocs").WriteTo(file, binary), file.Close()); err != nil {
		return fmt.Errorf("write the profile of allocations: %w", err)
	}
	return nil
}
