package main

import (
	"encoding/json"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
)

func TestVersion(t *testing.T) {
	t.Parallel()
	line := cli(t, "version").ok(t).out
	if !strings.HasPrefix(line, "homing ") || !strings.HasSuffix(line, ", "+runtime.Version()+", "+runtime.GOOS+"/"+runtime.GOARCH+"\n") {
		t.Errorf("got %q", line)
	}
	var b build
	if err := json.Unmarshal([]byte(cli(t, "version", "--json").ok(t).out), &b); err != nil || b.Go != runtime.Version() || b.Version == "" {
		t.Errorf("got %+v, %v", b, err)
	}
}

func TestVersionIsWhatTheBuildRecorded(t *testing.T) {
	t.Parallel()
	tail := ", " + runtime.Version() + ", " + runtime.GOOS + "/" + runtime.GOARCH
	vcs := []debug.BuildSetting{
		{Key: "vcs.revision", Value: "0123456789abcdef"}, {Key: "vcs.time", Value: "2026-01-02T03:04:05Z"}, {Key: "vcs.modified", Value: "true"},
	}
	for want, info := range map[string]*debug.BuildInfo{
		"homing unknown":   nil,
		"homing unknown, ": {},
		"homing v1.2.3":    {Main: debug.Module{Version: "v1.2.3"}},
		"homing (devel), revision 0123456789ab (modified) of 2026-01-02T03:04:05Z": {Main: debug.Module{Version: "(devel)"}, Settings: vcs},
		"homing (devel), revision 012": {
			Main:     debug.Module{Version: "(devel)"},
			Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "012"}, {Key: "vcs.modified", Value: "false"}},
		},
	} {
		if got := buildOf(info).String(); got != strings.TrimSuffix(want, ", ")+tail {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
