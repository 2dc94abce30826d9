package settings

import (
	"cmp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/internal/nearest"
)

const (
	// prefix is what the names of our variables begin with.
	prefix = "HOMING_"
	// configFlag names the file; it cannot be set in the file itself.
	configFlag = "config"
	// annotation marks the flags that have a variable and a key.
	annotation = "homing_setting"
	// Environment annotates a command with the variables HOMING_… that it reads
	// by itself, separated by spaces, so that others do not take them for
	// mistakes.
	Environment = "homing_environment"
)

// Mark lets the flags of these names be set by the environment and the file, too, and adds --config. Each of them must be defined in flags.
func Mark(flags *pflag.FlagSet, names ...string) error {
	flags.String(configFlag, "", "YAML `FILE` with settings under the names of these flags (HOMING_CONFIG)")
	for _, name := range names {
		if err := flags.SetAnnotation(name, annotation, nil); err != nil {
			return err
		}
	}
	return nil
}

// Names are the settings of a command and all below it, sorted.
func Names(cmd *cobra.Command) []string {
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if marked(f) {
			names = append(names, f.Name)
		}
	})
	for _, sub := range cmd.Commands() {
		names = append(names, Names(sub)...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// others are the variables that a command and all below it read by themselves.
func others(cmd *cobra.Command) []string {
	variables := strings.Fields(cmd.Annotations[Environment])
	for _, sub := range cmd.Commands() {
		variables = append(variables, others(sub)...)
	}
	return variables
}

func marked(f *pflag.Flag) bool {
	_, ok := f.Annotations[annotation]
	return ok
}

// Load fills those flags of cmd that were not given on the command line.
// environ is in the form of [os.Environ]. Whatever is invalid is a usage error.
func Load(cmd *cobra.Command, environ []string) error {
	known := Names(cmd.Root())
	variables, err := readEnviron(environ, known, others(cmd.Root()))
	if err != nil {
		return err
	}
	path := cmp.Or(cmd.Flags().Lookup(configFlag).Value.String(), variables[configFlag])
	file, err := readFile(path, known)
	if err != nil {
		return err
	}
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if err != nil || !marked(f) || f.Changed {
			return
		}
		place := Variable(f.Name)
		text, found := variables[f.Name]
		if value, inFile := file[f.Name]; !found && inFile {
			place, found = f.Name+" in "+path, true
			text, err = scalar(value)
		}
		if found && err == nil {
			err = f.Value.Set(text)
		}
		if err != nil {
			err = exit.Usagef("%s: %w", place, err)
		}
	})
	return err
}

// Variable is the name of the environment variable of a setting.
func Variable(name string) string {
	return prefix + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// readEnviron returns our variables by the names of their settings. An empty
// one counts as unset, which is how a shell unsets it for one command.
func readEnviron(environ, known, others []string) (map[string]string, error) {
	names := append([]string{Variable(configFlag)}, others...)
	for _, name := range known {
		names = append(names, Variable(name))
	}
	found := map[string]string{}
	for _, entry := range environ {
		variable, value, _ := strings.Cut(entry, "=")
		name, ours := strings.CutPrefix(variable, prefix)
		if !ours {
			continue
		}
		if !slices.Contains(names, variable) {
			return nil, exit.Usagef("environment: no command knows %s%s", variable, nearest.DidYouMean(variable, names)).
				Then("unset it, or see the flags in `homing serve --help`: --max-body is HOMING_MAX_BODY")
		}
		if value != "" {
			found[strings.ToLower(strings.ReplaceAll(name, "_", "-"))] = value
		}
	}
	return found, nil
}
