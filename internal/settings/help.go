package settings

import (
	"fmt"
	"strings"
)

// Help lists the variables of a runtime for a terminal.
func Help(r Runtime) string {
	var b strings.Builder
	for _, s := range Of(r) {
		text := strings.ReplaceAll(s.Help, "`", "")
		if s.Value.Default != "" && s.Value.Default != "false" {
			text += " (" + s.Value.Default + ")"
		}
		fmt.Fprintf(&b, "  %-24s %s\n", Variable(s.Name), text)
	}
	return strings.TrimSuffix(b.String(), "\n")
}
