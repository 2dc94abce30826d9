package flags

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/internal/settings"
)

// configFlag names the file; it cannot be set in the file itself.
const configFlag = "config"

// raw is the text of a flag whose value package settings reads, so that all that
// is invalid is reported at once, wherever it was set.
type raw struct{ text, kind string }

// Set implements [pflag.Value].
func (r *raw) Set(text string) error {
	r.text = text
	return nil
}

// String implements [pflag.Value].
func (r *raw) String() string { return r.text }

// Type implements [pflag.Value].
func (r *raw) Type() string { return r.kind }

// Define adds a flag for every setting of a process of the runtime.
func Define(f *pflag.FlagSet, r settings.Runtime) {
	for _, s := range settings.Of(r) {
		f.Var(&raw{s.Value.Default, s.Value.Kind}, s.Name, s.Help)
		if s.Value.Kind == "bool" || s.Value.Kind == "share" {
			f.Lookup(s.Name).NoOptDefVal = "true"
		}
	}
}

// Load reads the configuration of a process of the runtime: from those flags of
// f that were given and are settings, from environ, which is in the form of
// [os.Environ], and from the file. Whatever is invalid is a usage error.
func Load(f *pflag.FlagSet, r settings.Runtime, environ []string) (settings.Config, error) {
	in := settings.Input{Runtime: r, Environ: environ, Flags: map[string]string{}}
	known := settings.Names(r)
	f.Visit(func(one *pflag.Flag) {
		if slices.Contains(known, one.Name) {
			in.Flags[one.Name] = one.Value.String()
		}
	})
	cfg, err := settings.Load(in)
	if err != nil {
		return cfg, misused(err)
	}
	return cfg, nil
}

// Environ returns those flags of f that were given and are settings of the runtime,
// as the variables of another process. A file is named so that it is found from
// any folder.
func Environ(f *pflag.FlagSet, r settings.Runtime) ([]string, error) {
	var out []string
	var failed error
	known := settings.Names(r)
	f.Visit(func(one *pflag.Flag) {
		text := one.Value.String()
		if !slices.Contains(known, one.Name) {
			return
		}
		if one.Value.Type() == "file" {
			var err error
			if text, err = filepath.Abs(text); err != nil {
				failed = misused(err)
			}
		}
		out = append(out, settings.Variable(one.Name)+"="+text)
	})
	return out, failed
}

func misused(err error) error {
	return exit.Usagef("%w", err).Then("docs/configuration.md lists the settings; --max-body is HOMING_MAX_BODY and max-body in the file")
}

// Mark lets the flags of these names, which must be known to package settings, be
// set by the environment and the file, too, and adds --config.
func Mark(flags *pflag.FlagSet, names ...string) error {
	flags.String(configFlag, "", "YAML `FILE` with settings under the names of these flags (HOMING_CONFIG)")
	for _, name := range names {
		if !slices.Contains(settings.Names(settings.Local), name) {
			return fmt.Errorf("the flag %s is no setting", name)
		}
		if flags.Lookup(name) == nil {
			return fmt.Errorf("there is no flag %s", name)
		}
	}
	return nil
}

// Fill fills the flags of these names that were not given on the command line.
// environ is in the form of [os.Environ]. Whatever is invalid is a usage error.
func Fill(cmd *cobra.Command, environ []string, names ...string) error {
	in := settings.Input{Runtime: settings.Local, Environ: environ, Flags: map[string]string{}}
	if f := cmd.Flags().Lookup(configFlag); f.Changed {
		in.Flags[configFlag] = f.Value.String()
	}
	set, err := in.Read()
	if err != nil {
		return misused(err)
	}
	for _, name := range names {
		f, given := cmd.Flags().Lookup(name), set[name]
		if f.Changed || given.Place == "" {
			continue
		}
		if err := f.Value.Set(given.Text); err != nil {
			return misused(fmt.Errorf("%s: %w", given.Place, err))
		}
	}
	return nil
}
