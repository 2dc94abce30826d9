package settings

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"github.com/homing-dev/homing/internal/nearest"
)

// Input is where settings are looked for.
type Input struct {
	Runtime Runtime
	// Environ is the environment, in the form of [os.Environ].
	Environ []string
	// Flags are the settings of the command line, by their names.
	Flags map[string]string
}

// Given is what a setting is set to, and where: by a flag, a variable or a key.
type Given struct{ Text, Place string }

// Load reads the configuration of a process. Its error names everything that is
// invalid or missing, with what is allowed, and never a secret.
func Load(in Input) (Config, error) {
	c := Config{Runtime: in.Runtime}
	table := c.table()
	set, errs := in.read()
	for _, s := range table { // the role is the first, as it decides about the others
		value, isSet := set[s.Name]
		if !isSet {
			continue
		}
		if err := s.Value.Set(value.Text); err != nil {
			errs = append(errs, s.invalid(value, err))
		}
		if c.Runtime == Local {
			c.Role = RoleAll
		}
		if !s.In.has(c.Runtime, c.Role) {
			c.Ignored = append(c.Ignored, value.Place)
		}
	}
	c.texts = map[string]string{}
	for name, value := range set {
		c.texts[name] = value.Text
	}
	errs = append(errs, c.complete(Getenv(in.Environ), set)...)
	c.Level = new(slog.LevelVar)
	c.Level.Set(Level(c.LogLevel))
	return c, errors.Join(errs...)
}

// invalid is the error of a setting, without what it is set to if that is secret.
func (s Setting) invalid(value Given, err error) error {
	if s.Value.Secret {
		return fmt.Errorf("%s: %w", value.Place, err)
	}
	return fmt.Errorf("%s is %q: %w", value.Place, value.Text, err)
}

// Text returns what a setting is set to, "" for nothing.
func (c *Config) Text(name string) string { return c.texts[name] }

// Read returns what is set, by the names of the settings. The error names
// everything that is no setting.
func (in Input) Read() (map[string]Given, error) {
	set, errs := in.read()
	return set, errors.Join(errs...)
}

func (in Input) read() (map[string]Given, []error) {
	known := Names(in.Runtime)
	set, errs := readEnviron(in.Environ, known)
	for name, text := range in.Flags {
		set[name] = Given{text, "--" + name}
	}
	inFile, more := readFile(set[configName].Text, known)
	for name, value := range inFile {
		if _, isSet := set[name]; !isSet {
			set[name] = value
		}
	}
	return set, append(errs, more...)
}

// Getenv returns a function that returns a variable of an environment in the form
// of [os.Environ], "" if it is not set.
func Getenv(environ []string) func(name string) string {
	return func(name string) string {
		for _, entry := range environ {
			if value, ok := strings.CutPrefix(entry, name+"="); ok {
				return value
			}
		}
		return ""
	}
}

// All returns every setting of a server, with the defaults of the local one.
func All() []Setting { return tableOf(Local) }

func tableOf(r Runtime) []Setting {
	c := Config{Runtime: r}
	return c.table()
}

// Of returns the settings that have an effect on processes of the runtime, with
// their defaults.
func Of(r Runtime) []Setting {
	return slices.DeleteFunc(tableOf(r), func(s Setting) bool { return len(s.In[r]) == 0 })
}

// Names are what can be set of a process of the runtime. On this machine
// that is what the other commands read, too: they share environment and file.
func Names(r Runtime) []string {
	var names []string
	for _, s := range tableOf(r) {
		names = append(names, s.Name)
	}
	if r == Local { // behind those of a server, which are meant first by a misspelt name
		for _, tool := range toolSettings() {
			names = append(names, tool...)
		}
	}
	return names
}

// ServerVariable reports whether a variable decides how and where a program serves,
// and nothing of its steps.
func ServerVariable(name string) bool {
	switch name {
	case Variable("step-urls"), Variable("oidc-token-file"):
		return false
	case "AWS_LAMBDA_RUNTIME_API", "K_SERVICE", "K_SINK", "PORT":
		return true
	}
	return slices.ContainsFunc(Names(Local), func(setting string) bool { return name == Variable(setting) })
}

// readEnviron returns our variables by the names of their settings. An empty one
// counts as unset, which is how a shell unsets it for one command.
func readEnviron(environ, known []string) (map[string]Given, []error) {
	set := map[string]Given{}
	var errs []error
	for _, entry := range environ {
		variable, text, _ := strings.Cut(entry, "=")
		suffix, ours := strings.CutPrefix(variable, prefix)
		name := strings.ToLower(strings.ReplaceAll(suffix, "_", "-"))
		switch {
		case !ours || isServiceLink(variable, environ):
		case !slices.Contains(known, name) || variable != Variable(name):
			errs = append(errs, unknownVariable(variable, name, known))
		case text != "":
			set[name] = Given{text, variable}
		}
	}
	return set, errs
}

func unknownVariable(variable, name string, known []string) error {
	if err := gone(name); err != nil {
		return fmt.Errorf("%s: %w", variable, err)
	}
	why, hint := "there is no setting "+variable, ""
	tools := toolSettings()
	for _, command := range slices.Backward(slices.Sorted(maps.Keys(tools))) { // the first one counts
		if slices.Contains(tools[command], name) {
			why = variable + " is read by `homing " + command + "` and by no server"
		}
	}
	if word := nearest.Word(name, known); word != "" {
		hint = "; did you mean " + Variable(word) + "?"
	}
	return errors.New(why + hint)
}

// isServiceLink reports whether a variable is one of those by which Kubernetes
// tells every container of a namespace about a service of it: for one that is
// called homing-x, HOMING_X_SERVICE_HOST, HOMING_X_PORT_80_TCP and others.
func isServiceLink(variable string, environ []string) bool {
	return slices.ContainsFunc(environ, func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		service, ok := strings.CutSuffix(name, "_SERVICE_HOST")
		return ok && (variable == name || isBelow(variable, service+"_SERVICE_PORT") || isBelow(variable, service+"_PORT"))
	})
}

// isBelow reports whether a name is begins, or begins with it and an underscore.
func isBelow(name, beginning string) bool {
	rest, ok := strings.CutPrefix(name, beginning)
	return ok && (rest == "" || rest[0] == '_')
}
