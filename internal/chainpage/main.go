// Command chainpage writes the reference of chain.yaml and its JSON Schema to the
// files that its arguments name.
package main

import (
	_ "embed"
	"fmt"
	"log/slog"
	"os"
	"reflect"
	"strings"
	"time"
)

//go:embed page.md
var frame string

func main() {
	schema, err := schema()
	if err == nil {
		err = os.WriteFile(os.Args[1], []byte(page()), 0o644) //nolint:gosec // it is for everybody
	}
	if err == nil {
		err = os.WriteFile(os.Args[2], schema, 0o644) //nolint:gosec // the same
	}
	if err != nil {
		slog.Error("write the reference of chain.yaml", "error", err)
		os.Exit(1)
	}
}

// page fills the tables in.
func page() string {
	out := frame
	for _, t := range types() {
		var rows strings.Builder
		rows.WriteString("| field | type | default | example | |\n|---|---|---|---|---|\n")
		for _, f := range fieldsOf(t) {
			one, name := table()[t.Name()][f.name], "`"+f.name+"`"
			otherwise := one.otherwise
			if f.required {
				otherwise = "**required**"
			}
			fmt.Fprintf(&rows, "| %s | %s | %s | %s | %s |\n", name, kind(f.typ, f.tag), otherwise, one.example, one.text)
		}
		out = strings.Replace(out, "{{"+t.Name()+"}}\n", rows.String(), 1)
	}
	return out
}

// kind names the type of a field.
func kind(t reflect.Type, tag reflect.StructTag) string {
	switch t {
	case reflect.TypeFor[time.Duration]():
		return "duration"
	case reflect.TypeFor[int64]():
		return "size"
	}
	most := tag.Get("most")
	switch t.Kind() { //nolint:exhaustive // no other kind is in the file
	case reflect.String:
		return "text"
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "number from 1 to " + most
	case reflect.Float64:
		return "number from 0 to " + most
	case reflect.Slice:
		item := kind(t.Elem(), "")
		if tag.Get("single") == "true" {
			return item + " or list of " + item + "s"
		}
		return "list of " + item + "s"
	case reflect.Map:
		if t.Elem().Kind() == reflect.Map {
			return "mapping of names to mappings"
		}
		return "mapping of names to " + kind(t.Elem(), "") + "s"
	default:
		return "[" + strings.ToLower(t.Name()) + "](#" + strings.ToLower(t.Name()) + ")"
	}
}
