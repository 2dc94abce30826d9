package template

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
)

// Defaults of [Options].
const (
	DefaultRegion    = "us-east-1"
	DefaultAccount   = "123456789012"
	DefaultStackName = "homing"
)

// ErrMissing means that there is no file at the path.
var ErrMissing = errors.New("there is no template")

// Options are the place for which a template is read. The zero value is usable.
type Options struct {
	// Region, Account and StackName are the values of the pseudo parameters; ""
	// means the defaults.
	Region, Account, StackName string
	// Lookup has the values of variables that on AWS come from Secrets Manager or SSM;
	// nil has none.
	Lookup func(name string) (value string, ok bool)
}

// maxSize is CloudFormation's limit for a template (1 MB in S3), with room.
const maxSize = 4 << 20

// Load reads the template at path. parameters override the defaults of the
// template's Parameters. It returns [ErrMissing] if there is no file, and an
// [Error], or several joined, for what is invalid in it.
func Load(path string, parameters map[string]string, o Options) (Stack, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return Stack{}, fmt.Errorf("find %s: %w", path, err)
	}
	info, err := os.Stat(absolute)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Stack{}, fmt.Errorf("%w %s", ErrMissing, path)
	case err != nil:
		return Stack{}, fmt.Errorf("read the template: %w", err)
	case info.Size() > maxSize:
		return Stack{}, fmt.Errorf("the template %s has %d bytes, more than %d", path, info.Size(), maxSize)
	}
	data, err := os.ReadFile(absolute) //nolint:gosec // the user's own file
	if err != nil {
		return Stack{}, fmt.Errorf("read the template: %w", err)
	}
	return Parse(path, filepath.Dir(absolute), data, parameters, o)
}

// Parse is Load of a template that was read already. dir is the absolute
// folder that paths in it start from, and name what errors call it.
func Parse(name, dir string, data []byte, parameters map[string]string, o Options) (Stack, error) {
	o, err := o.withDefaults()
	if err != nil {
		return Stack{}, err
	}
	root, err := readDocument(name, data)
	if err != nil {
		return Stack{}, err
	}
	e := newEvaluator(name, dir, root, o)
	for _, check := range []func() error{
		func() error { return e.readParameters(parameters) }, e.checkReferences, e.checkRules,
	} {
		if err := check(); err != nil {
			return Stack{}, err
		}
	}
	return e.stack()
}

func (o Options) withDefaults() (Options, error) {
	o.Region = cmp.Or(o.Region, DefaultRegion)
	o.Account = cmp.Or(o.Account, DefaultAccount)
	o.StackName = cmp.Or(o.StackName, DefaultStackName)
	for what, rule := range map[string]struct{ text, pattern string }{
		"region":     {o.Region, `^[a-z0-9-]+$`},
		"account":    {o.Account, `^[0-9]{12}$`},
		"stack name": {o.StackName, `^[A-Za-z][A-Za-z0-9-]{0,127}$`},
	} {
		if !regexp.MustCompile(rule.pattern).MatchString(rule.text) {
			return o, fmt.Errorf("the %s %q does not have the form %s", what, rule.text, rule.pattern)
		}
	}
	return o, nil
}
