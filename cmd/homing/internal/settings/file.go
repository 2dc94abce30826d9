package settings

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"

	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/internal/nearest"
)

// entries are the top-level keys of a file. They are a [koanf.Provider].
type entries map[string]any

// Read implements koanf.Provider.
func (e entries) Read() (map[string]any, error) { return e, nil }

// ReadBytes implements koanf.Provider; koanf calls it with a parser only.
func (entries) ReadBytes() ([]byte, error) { return nil, errors.ErrUnsupported }

// readFile reads the file at path; "" means none.
func readFile(path string, known []string) (entries, error) {
	if path == "" {
		return nil, nil //nolint:nilnil // no file is a file without entries
	}
	k := koanf.New(noDelimiter)
	if err := k.Load(file.Provider(path), yaml.Parser()); err != nil {
		return nil, unreadable(path, err)
	}
	found := entries(k.Raw())
	for _, key := range slices.Sorted(maps.Keys(found)) {
		if !slices.Contains(known, key) {
			return nil, exit.Usagef("%s: no command knows the setting %q%s", path, key, nearest.DidYouMean(key, known)).
				Then("settings have the names of the flags in `homing serve --help`, without the dashes in front")
		}
		if found[key] == nil {
			return nil, exit.Usagef("%s: the setting %q has no value", path, key)
		}
	}
	return found, nil
}

// unreadable says why a file was not read. The text of a YAML error is left
// out but for its line, because it may quote a secret.
func unreadable(path string, err error) error {
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return exit.Usagef("read the settings: %w", err).Then("name another file with --config or HOMING_CONFIG")
	}
	place := path
	if line := regexp.MustCompile(`line (\d+)`).FindStringSubmatch(err.Error()); line != nil {
		place += ":" + line[1]
	}
	return exit.Usagef("%s: not a YAML mapping of settings to values, such as max-body: 10MiB", place)
}

var errNotScalar = errors.New("must be a single value")

// scalar writes a value of the file as it would stand on the command line. A
// list becomes its items with commas, a mapping its items as name=value.
func scalar(value any) (string, error) {
	switch v := value.(type) {
	case string:
		return v, nil
	case bool, int, int64, uint64, float64:
		return fmt.Sprint(v), nil
	case []any:
		items := make([]string, 0, len(v))
		for _, item := range v {
			text, err := scalar(item)
			if err != nil {
				return "", err
			}
			items = append(items, text)
		}
		return strings.Join(items, ","), nil
	case map[string]any:
		items := make([]string, 0, len(v))
		for _, name := range slices.Sorted(maps.Keys(v)) {
			text, err := scalar(v[name])
			if err != nil {
				return "", err
			}
			items = append(items, name+"="+text)
		}
		return strings.Join(items, ","), nil
	default:
		return "", errNotScalar
	}
}
