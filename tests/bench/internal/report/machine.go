package report

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"strings"
)

// Machine is where a measurement was made.
type Machine struct {
	// Cores that this process may use.
	Cores int
	// CPU is the model; "unknown" if the system does not tell.
	CPU string
	// Go is the version of the toolchain.
	Go string
	// System is operating system and architecture.
	System string
	// Load is the load average over 1, 5 and 15 minutes at the start.
	Load string
}

// ThisMachine describes the machine that this process runs on.
func ThisMachine() Machine {
	m := Machine{
		Cores: runtime.NumCPU(), CPU: "unknown", Go: runtime.Version(),
		System: runtime.GOOS + "/" + runtime.GOARCH, Load: "unknown",
	}
	if data, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if model := cpuModel(string(data)); model != "" {
			m.CPU = model
		}
	}
	if data, err := os.ReadFile("/proc/loadavg"); err == nil {
		const averages = 3
		if fields := strings.Fields(string(data)); len(fields) >= averages {
			m.Load = strings.Join(fields[:averages], ", ")
		}
	}
	return m
}

// cpuModel finds the first "model name" in the text of /proc/cpuinfo (proc(5)).
func cpuModel(cpuinfo string) string {
	lines := bufio.NewScanner(strings.NewReader(cpuinfo))
	for lines.Scan() {
		if name, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func (m Machine) String() string {
	return fmt.Sprintf("%d cores of %s, %s, %s; load average before the run: %s", m.Cores, m.CPU, m.System, m.Go, m.Load)
}
