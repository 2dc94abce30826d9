// Package describe is what an app and the tool tell each other: an app that is run
// with the argument [Argument] prints one [App] and ends; with [Serve] it serves as
// without an argument, and prints one [Listening] once it does.
package describe

import "runtime/debug"

// The hidden arguments of an app.
const (
	Argument = "describe"
	Serve    = "serve"
)

// Format is the version of what stands here. A program that has another one was
// built with a Homing that this one cannot work with.
const Format = 1

// Module is the path of Homing's module.
const Module = "github.com/homing-dev/homing"

// App is what an app says of itself.
type App struct {
	Format int `json:"homingFormat"`
	// Version is that of the Homing that the app was built with; see [Version].
	Version string `json:"version"`
	// Error is why the app has no functions; "" if it has them.
	Error string `json:"error,omitempty"`
	// Functions are what chains may name.
	Functions map[string]Function `json:"functions"`
	// Options are what is linked, such as "lambda.Runtime()".
	Options []string `json:"options,omitempty"`
	// Chains is the text of the chain.yaml that was built in.
	Chains string `json:"chains"`
}

// Function is what is known of a function beside its name: nothing yet.
type Function struct{}

// Listening is where an app serves, as HOST:PORT.
type Listening struct {
	Address string `json:"homingAddress"`
}

// Development is the version of a Homing that was built from a folder.
const Development = "(devel)"

// Version returns the version of Homing in a program: [Development] if it was built
// from a folder, "" if there is no Homing in it. info may be nil.
func Version(info *debug.BuildInfo) string {
	if info == nil {
		return ""
	}
	if info.Main.Path == Module {
		return known(info.Main.Version)
	}
	for _, dep := range info.Deps {
		switch {
		case dep.Path != Module:
		case dep.Replace != nil:
			return known(dep.Replace.Version)
		default:
			return known(dep.Version)
		}
	}
	return ""
}

func known(version string) string {
	if version == "" {
		return Development
	}
	return version
}
