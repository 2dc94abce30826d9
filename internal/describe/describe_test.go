package describe_test

import (
	"runtime/debug"
	"testing"

	"github.com/homing-dev/homing/internal/describe"
)

func TestVersionIsThatOfHomingInAProgram(t *testing.T) {
	t.Parallel()
	as := func(version string, replace *debug.Module) *debug.BuildInfo {
		return &debug.BuildInfo{Main: debug.Module{Path: "example.com/shop"}, Deps: []*debug.Module{
			{Path: "example.com/other", Version: "v9.0.0"}, {Path: describe.Module, Version: version, Replace: replace},
		}}
	}
	for name, tc := range map[string]struct {
		info *debug.BuildInfo
		want string
	}{
		"unknown":            {nil, ""},
		"no Homing":          {&debug.BuildInfo{Main: debug.Module{Path: "example.com/shop", Version: "v1.0.0"}}, ""},
		"a version":          {as("v0.2.0", nil), "v0.2.0"},
		"another version":    {as("v0.2.0", &debug.Module{Path: "example.com/fork", Version: "v0.3.0"}), "v0.3.0"},
		"a folder":           {as("v0.2.0", &debug.Module{Path: "../homing"}), describe.Development},
		"the tool":           {&debug.BuildInfo{Main: debug.Module{Path: describe.Module, Version: "v0.4.0"}}, "v0.4.0"},
		"the tool, a folder": {&debug.BuildInfo{Main: debug.Module{Path: describe.Module}}, describe.Development},
	} {
		if got := describe.Version(tc.info); got != tc.want {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
	}
}
