package scaffold

import (
	"bytes"
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/homing-dev/homing/internal/nearest"
)

//go:embed all:_apps all:_functions
var embedded embed.FS

// File is a file of an app.
type File struct {
	// Name is its path below the folder of the app, with slashes.
	Name string
	Data []byte
	// Executable is true for a program or a script.
	Executable bool
}

// values are what placeholders stand for, by their names.
type values map[string]string

// placeholder is the form of one: {{homing.NAME}}.
func placeholder() *regexp.Regexp { return regexp.MustCompile(`\{\{homing\.([^{}]*)\}\}`) }

// maxTemplate is how many bytes the files of a template may have together, and
// maxFiles how many they may be: more is a folder that was named by mistake.
const (
	mebibyte    = 1 << 20
	maxTemplate = 32 * mebibyte
	maxFiles    = 2000
)

// render returns the files of a template, by name. What git and operating systems
// keep in a folder is left out.
func render(template fs.FS, v values) ([]File, error) {
	var files []File
	size := 0
	names := map[string]string{}
	err := fs.WalkDir(template, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == ".git" || d.Name() == "node_modules" || d.Name() == "__pycache__"):
			return fs.SkipDir
		case d.IsDir() || d.Name() == ".DS_Store":
			return nil
		case !d.Type().IsRegular():
			return fmt.Errorf("%s is no plain file; a template has no links", name)
		}
		f, err := renderFile(template, name, v)
		if err != nil {
			return err
		}
		if other, twice := names[f.Name]; twice {
			return fmt.Errorf("%s and %s would both be written as %s", other, name, f.Name)
		}
		names[f.Name] = name
		files = append(files, f)
		if size += len(f.Data); size > maxTemplate || len(files) > maxFiles {
			return fmt.Errorf("a template has at most %d files and %d MiB in all", maxFiles, maxTemplate/mebibyte)
		}
		return nil
	})
	slices.SortFunc(files, func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
	return files, err
}

func renderFile(template fs.FS, name string, v values) (File, error) {
	data, err := fs.ReadFile(template, name)
	if err != nil {
		return File{}, err
	}
	info, err := fs.Stat(template, name)
	if err != nil {
		return File{}, err
	}
	f := File{Data: data, Executable: info.Mode()&0o111 != 0}
	if utf8.Valid(data) && !bytes.ContainsRune(data, 0) {
		if f.Data, err = v.fill(name, data); err != nil {
			return File{}, err
		}
	}
	out, err := v.fill("the name "+name, []byte(strings.TrimSuffix(name, ".tmpl")))
	f.Name = string(out)
	if err == nil && (!fs.ValidPath(f.Name) || path.Base(f.Name) == ".") {
		err = fmt.Errorf("%s would be written as %q, which is no name of a file", name, f.Name)
	}
	return f, err
}

// fill puts the values into a text.
func (v values) fill(where string, text []byte) ([]byte, error) {
	var errs []error
	form := placeholder()
	out := form.ReplaceAllFunc(text, func(found []byte) []byte {
		name := string(form.FindSubmatch(found)[1])
		value, ok := v[name]
		if !ok {
			known := slices.Sorted(maps.Keys(v))
			before, _, _ := bytes.Cut(text, found)
			line := 1 + bytes.Count(before, []byte("\n"))
			errs = append(errs, fmt.Errorf("%s:%d: there is no placeholder %s%s; there are %s",
				where, line, found, nearest.DidYouMean(name, known), strings.Join(known, ", ")))
		}
		return []byte(value)
	})
	return out, errors.Join(errs...)
}

// within returns a folder of what is embedded.
func within(folder string) (fs.FS, error) {
	sub, err := fs.Sub(embedded, folder)
	if err != nil {
		return nil, fmt.Errorf("the template %s: %w", folder, err)
	}
	return sub, nil
}
