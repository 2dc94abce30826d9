package emulator

import (
	"cmp"
	"debug/elf"
	"debug/macho"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// ErrNotBuilt means that there is no executable where the template has its code.
var ErrNotBuilt = errors.New("the function was not built")

// ForeignError means that an executable is for another kind of machine.
type ForeignError struct {
	// Path of the executable.
	Path string
	// Has is what it is for, Needs what this machine is, such as
	// "linux/arm64".
	Has, Needs string
}

func (e *ForeignError) Error() string {
	return fmt.Sprintf("%s is for %s, and this machine is %s", e.Path, e.Has, e.Needs)
}

// CheckExecutable reports whether this machine can run the file at path: by an
// error that is [ErrNotBuilt], a [*ForeignError], or about reading it. A file that is
// neither ELF nor Mach-O, such as a script, is not judged.
func CheckExecutable(path string) error {
	f, err := os.Open(path) //nolint:gosec // the user's own file
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: there is no %s", ErrNotBuilt, path)
	}
	if err != nil {
		return fmt.Errorf("look at the executable: %w", err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	has := platform(f)
	if needs := runtime.GOOS + "/" + runtime.GOARCH; has != "" && has != needs {
		return &ForeignError{Path: path, Has: has, Needs: needs}
	}
	return nil
}

// platform is what an executable is for, in Go's words; "" if that is not known.
func platform(r io.ReaderAt) string {
	system, machine := "", ""
	if file, err := elf.NewFile(r); err == nil {
		system, machine = "linux/", file.Machine.String()
	} else if file, err := macho.NewFile(r); err == nil {
		system, machine = "darwin/", file.Cpu.String()
	}
	goarch := map[string]string{ // Lambda has two, and Macs
		elf.EM_X86_64.String(): "amd64", macho.CpuAmd64.String(): "amd64",
		elf.EM_AARCH64.String(): "arm64", macho.CpuArm64.String(): "arm64",
	}
	return system + cmp.Or(goarch[machine], machine)
}

// checkExecutables finds what would fail at the first call.
func (e *Emulator) checkExecutables() error {
	var errs []error
	for _, f := range e.stack.Functions {
		if err := CheckExecutable(cmp.Or(e.options.Bootstrap(f), filepath.Join(f.Dir, "bootstrap"))); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", f.ID, err))
			continue
		}
		if info, err := os.Stat(f.Dir); err != nil || !info.IsDir() { // it is where the function starts
			errs = append(errs, fmt.Errorf("%s: %w: CodeUri names %s, which is not a folder", f.ID, ErrNotBuilt, f.Dir))
		}
	}
	return errors.Join(errs...)
}
