package render

import (
	"fmt"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/cmd/homing/internal/console"
)

// Progress writes what became of a step on one line; "" for what has only begun.
func Progress(to console.Stream, p reply.Progress) string {
	step := printable(p.Step)
	if p.Attempt > 1 {
		step += fmt.Sprintf(" (attempt %d)", p.Attempt)
	}
	why := ""
	if p.Status != 0 {
		why = ": " + status(p.Status)
	}
	switch p.State {
	case "started":
		return ""
	case "finished":
		return to.Green("✓ ") + step
	case "failed":
		return to.Red("✗ ") + step + why
	case "retrying":
		return to.Red("↻ ") + step + why
	default:
		return "· " + step + " " + printable(p.State) + why
	}
}
