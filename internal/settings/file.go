package settings

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/homing-dev/homing/internal/nearest"
)

// readFile reads the top-level keys of the file at path; "" means none. An empty
// value counts as unset, as it does in the environment.
func readFile(path string, known []string) (map[string]Given, []error) {
	if path == "" {
		return nil, nil
	}
	data, err := os.ReadFile(path) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, []error{fmt.Errorf("read the settings: %w; name another file with --config or HOMING_CONFIG", err)}
	}
	var found map[string]any
	if err := yaml.Unmarshal(data, &found); err != nil {
		return nil, []error{notSettings(path, err)}
	}
	set := map[string]Given{}
	var errs []error
	for _, key := range slices.Sorted(maps.Keys(found)) {
		place := key + " in " + path
		text, err := scalar(found[key])
		switch {
		case gone(key) != nil:
			errs = append(errs, fmt.Errorf("%s: %w", place, gone(key)))
		case !slices.Contains(known, key) || key == configName:
			errs = append(errs, fmt.Errorf("%s: there is no setting %q%s", path, key, nearest.DidYouMean(key, known)))
		case found[key] == nil:
			errs = append(errs, fmt.Errorf("%s: the setting %q has no value", path, key))
		case err != nil:
			errs = append(errs, fmt.Errorf("%s: %w", place, err))
		case text != "":
			set[key] = Given{text, place}
		}
	}
	return set, errs
}

// notSettings leaves the text of a YAML error out but for its line, because it
// may quote a secret.
func notSettings(path string, err error) error {
	if at, ok := errors.AsType[*yaml.LoadError](err); ok && at.Mark.Line > 0 {
		path = fmt.Sprintf("%s:%d", path, at.Mark.Line)
	}
	return fmt.Errorf("%s: not a YAML mapping of settings to values, such as max-body: 10MiB", path)
}

var errNotScalar = errors.New("must be a single value")

// scalar writes a value of the file as it would stand on the command line. A
// list becomes its items with commas, a mapping its items as name=value.
func scalar(value any) (string, error) {
	var items []string
	switch v := value.(type) {
	case string:
		return v, nil
	case bool, int, int64, uint64, float64:
		return fmt.Sprint(v), nil
	case []any:
		for _, item := range v {
			text, err := scalar(item)
			if err != nil {
				return "", err
			}
			items = append(items, text)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			text, err := scalar(v[name])
			if err != nil {
				return "", err
			}
			items = append(items, name+"="+text)
		}
	default:
		return "", errNotScalar
	}
	return strings.Join(items, ","), nil
}
