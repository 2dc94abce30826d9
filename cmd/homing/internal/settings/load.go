package settings

import (
	"slices"
	"strings"

	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/posflag"
	"github.com/knadh/koanf/v2"
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
	// noDelimiter stands in no key, so that koanf takes every key as a whole.
	noDelimiter = "\x00"
)

// Mark says that the flags of these names can also be set by the environment
// and the file, and adds --config. Each of them must be defined in flags.
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
// environ is in the form of [os.Environ]. What is wrong is a usage error.
func Load(cmd *cobra.Command, environ []string) error {
	known := Names(cmd.Root())
	variables, err := readEnviron(environ, known, others(cmd.Root()))
	if err != nil {
		return err
	}
	flags := cmd.Flags()
	path := flags.Lookup(configFlag).Value.String()
	if path == "" {
		path = variables[configFlag]
	}
	entries, err := readFile(path, known)
	if err != nil {
		return err
	}
	merged, err := merge(flags, environ, entries)
	if err != nil {
		return err
	}
	return apply(flags, merged, func(name string) string {
		if _, ok := variables[name]; ok {
			return Variable(name)
		}
		return name + " in " + path
	})
}

// merge puts the sources on top of each other, the strongest last.
func merge(flags *pflag.FlagSet, environ []string, file map[string]any) (*koanf.Koanf, error) {
	k := koanf.New(noDelimiter)
	variables := env.Provider(noDelimiter, env.Opt{
		Prefix:        prefix,
		EnvironFunc:   func() []string { return environ },
		TransformFunc: func(variable, value string) (string, any) { return setting(variable, value), value },
	})
	for _, source := range []koanf.Provider{entries(file), variables, posflag.Provider(flags, noDelimiter, k)} {
		if err := k.Load(source, nil); err != nil {
			return nil, exit.Usagef("put the settings together: %w", err)
		}
	}
	return k, nil
}

// apply hands what was found to the flags, which know its form.
func apply(flags *pflag.FlagSet, merged *koanf.Koanf, place func(name string) string) error {
	var failed error
	flags.VisitAll(func(f *pflag.Flag) {
		if failed != nil || !marked(f) || f.Changed || merged.Get(f.Name) == nil {
			return
		}
		text, err := scalar(merged.Get(f.Name))
		if err == nil && text != f.Value.String() {
			err = f.Value.Set(text)
		}
		if err != nil {
			failed = exit.Usagef("%s: %w", place(f.Name), err)
		}
	})
	return failed
}

// Variable is the name of the environment variable of a setting.
func Variable(name string) string {
	return prefix + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// setting is the name of what a variable sets; "" if the variable is empty,
// which is how a shell unsets it for one command.
func setting(variable, value string) string {
	if value == "" {
		return ""
	}
	return strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(variable, prefix), "_", "-"))
}

// readEnviron gives our variables by the names of their settings.
func readEnviron(environ, known, others []string) (map[string]string, error) {
	names := append([]string{prefix + "CONFIG"}, others...)
	for _, name := range known {
		names = append(names, Variable(name))
	}
	found := map[string]string{}
	for _, entry := range environ {
		variable, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(variable, prefix) {
			continue
		}
		if !slices.Contains(names, variable) {
			return nil, exit.Usagef("environment: no command knows %s%s", variable, nearest.DidYouMean(variable, names)).
				Then("unset it, or see the flags in `homing serve --help`: --max-body is HOMING_MAX_BODY")
		}
		if name := setting(variable, value); name != "" {
			found[name] = value
		}
	}
	return found, nil
}
