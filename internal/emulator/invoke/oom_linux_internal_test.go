package invoke

import (
	"testing"
	"testing/fstest"
)

func TestKillsForWantOfMemoryAreThoseOfTheOwnGroup(t *testing.T) {
	t.Parallel()
	const vmstat = "nr_free_pages 12\noom_kill 9\n"
	for name, tc := range map[string]struct {
		files map[string]string
		want  int64
	}{
		"version 2": {map[string]string{
			"proc/self/cgroup": "0::/user.slice/a\n", "sys/fs/cgroup/user.slice/a/memory.events": "low 0\noom 3\noom_kill 2\noom_group_kill 0\n",
			"proc/vmstat": vmstat,
		}, 2},
		"version 2 in a container": {map[string]string{
			"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.events": "oom_kill 4\n", "proc/vmstat": vmstat,
		}, 4},
		"version 1": {map[string]string{
			"proc/self/cgroup": "5:cpuset:/\n4:memory:/a/b\n0::/\n",
			"sys/fs/cgroup/memory/a/b/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n", "proc/vmstat": vmstat,
		}, 1},
		"no counter of groups": {map[string]string{"proc/self/cgroup": "0::/a\n", "proc/vmstat": vmstat}, 9},
		"nothing":              {nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := fstest.MapFS{}
			for file, text := range tc.files {
				root[file] = &fstest.MapFile{Data: []byte(text)}
			}
			if got := oomKills(root); got != tc.want {
				t.Errorf("got %d, want %d", got, tc.want)
			}
		})
	}
}
