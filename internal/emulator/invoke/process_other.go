//go:build !linux

package invoke

import "io/fs"

// residence is 0: the memory of a process is unknown here, so that no limit is
// enforced.
type residence struct{}

func (residence) open(int)     {}
func (residence) close()       {}
func (residence) bytes() int64 { return 0 }

// oomKills is 0: what the kernel kills for want of memory is unknown here.
func oomKills(fs.FS) int64 { return 0 }
