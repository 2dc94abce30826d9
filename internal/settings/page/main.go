// Command page writes docs/configuration.md to the file that its argument names.
package main

import (
	_ "embed"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"

	"github.com/homing-dev/homing/internal/settings"
)

//go:embed page.md
var frame string

func main() {
	if err := os.WriteFile(os.Args[1], []byte(page()), 0o644); err != nil { //nolint:gosec // it is for everybody
		slog.Error("write the page", "error", err)
		os.Exit(1)
	}
}

func runtimes() []settings.Runtime {
	return []settings.Runtime{settings.Local, settings.Container, settings.Func, settings.Lambda}
}

// page fills the table in.
func page() string {
	var rows strings.Builder
	for _, s := range settings.All() {
		fmt.Fprintf(&rows, "| `%s` | `%s` | %s |", settings.Variable(s.Name), s.Name, defaults(s.Name))
		for _, r := range runtimes() {
			rows.WriteString(" " + where(s, r) + " |")
		}
		fmt.Fprintf(&rows, " %s |\n", strings.ReplaceAll(s.Help, "`", ""))
	}
	return strings.Replace(frame, "{{TABLE}}\n", rows.String(), 1)
}

// where writes the roles of a runtime in which a setting has an effect.
func where(s settings.Setting, r settings.Runtime) string {
	switch {
	case len(s.In[r]) == 0:
		return "–"
	case r == settings.Local:
		return "yes"
	case len(s.In[r]) == len(r.Roles()):
		return "every role"
	default:
		return strings.Join(s.In[r], ", ")
	}
}

// defaults are the default of a setting, by runtime where they differ.
func defaults(name string) string {
	var texts, byRuntime []string
	for _, r := range runtimes() {
		for _, s := range settings.Of(r) {
			if s.Name != name {
				continue
			}
			text := "none"
			if s.Value.Default != "" {
				text = "`" + s.Value.Default + "`"
			}
			texts, byRuntime = append(texts, text), append(byRuntime, text+" ("+r.String()+")")
		}
	}
	switch texts = slices.Compact(texts); {
	case len(texts) > 1:
		return strings.Join(byRuntime, ", ")
	case texts[0] == "none":
		return ""
	default:
		return texts[0]
	}
}
