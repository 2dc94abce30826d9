package invoke

import (
	"bufio"
	"bytes"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// oomKills returns how many processes the kernel has killed for want of memory
// in the control group of this process, which is that of the functions; where
// groups do not count that, on the whole machine. 0 if it is not known. root is
// the root of the file system.
//
// See cgroups(7), "memory.events" in the kernel's cgroup-v2.rst, and
// "memory.oom_control" in its cgroup-v1/memory.rst.
func oomKills(root fs.FS) int64 {
	groups, _ := fs.ReadFile(root, "proc/self/cgroup") // no line is found in none
	for line := range strings.Lines(string(groups)) {
		_, after, _ := strings.Cut(strings.TrimSpace(line), ":")
		controllers, group, _ := strings.Cut(after, ":")
		var files []string
		switch controllers {
		case "": // version 2; a container may see its own group as the root
			files = []string{path.Join("sys/fs/cgroup", group, "memory.events"), "sys/fs/cgroup/memory.events"}
		case "memory":
			files = []string{path.Join("sys/fs/cgroup/memory", group, "memory.oom_control"), "sys/fs/cgroup/memory/memory.oom_control"}
		}
		for _, file := range files {
			if kills, ok := counter(root, file); ok {
				return kills
			}
		}
	}
	kills, _ := counter(root, "proc/vmstat")
	return kills
}

// counter reads the line oom_kill of a file.
func counter(root fs.FS, file string) (int64, bool) {
	text, err := fs.ReadFile(root, file)
	if err != nil {
		return 0, false
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		if value, ok := strings.CutPrefix(lines.Text(), "oom_kill "); ok {
			kills, err := strconv.ParseInt(value, 10, 64)
			return kills, err == nil
		}
	}
	return 0, false
}
