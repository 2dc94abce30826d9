package main

import (
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// build is which homing this is. What the build did not record is empty.
type build struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	// Time is that of the revision, in RFC 3339.
	Time string `json:"time,omitempty"`
	// Modified is set if the source differed from the revision.
	Modified bool   `json:"modified,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func (a *app) version() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Example: `  homing version
  homing version --json`,
		Args: atMost(0),
	}
	cmd.RunE = a.runs(func(*cobra.Command, []string) error {
		b := thisBuild()
		if asJSON {
			return a.printJSON(b)
		}
		return a.printf("%s\n", b)
	})
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the version as JSON")
	return cmd
}

// thisBuild is that of the running program.
func thisBuild() build {
	info, _ := debug.ReadBuildInfo()
	return buildOf(info)
}

// buildOf reads what the build recorded; info may be nil.
func buildOf(info *debug.BuildInfo) build {
	b := build{Version: "unknown", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if info == nil {
		return b
	}
	if info.Main.Version != "" {
		b.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Revision = s.Value
		case "vcs.time":
			b.Time = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

// String is the build on one line.
func (b build) String() string {
	const shortRevision = 12
	text := "homing " + b.Version
	if b.Revision != "" {
		text += ", revision " + b.Revision[:min(shortRevision, len(b.Revision))]
		if b.Modified {
			text += " (modified)"
		}
	}
	if b.Time != "" {
		text += " of " + b.Time
	}
	return text + ", " + b.Go + ", " + b.Platform
}
