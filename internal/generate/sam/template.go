package sam

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"strings"
	"text/template"

	"github.com/homing-dev/homing/functions"
)

//go:embed template
var texts embed.FS

// Template writes the SAM template that deploys chains: YAML with comments.
//
// It returns an error if a chain is not valid, if a call of it takes longer than
// Lambda lets a function run, if names cannot be had or would be needed twice,
// or if a step's URL names a Lambda that cannot be.
//
// It has all shapes, as far as they fit into a stack.
func Template(chains []functions.Chain) ([]byte, error) {
	r, err := Write(chains, Options{})
	return r.Text, err
}

// render fills in one of the texts.
func render(name string, data any) (string, error) {
	t := template.New(name).Option("missingkey=error")
	include := func(part string, data any) (string, error) {
		var out strings.Builder
		err := t.ExecuteTemplate(&out, part, data)
		return out.String(), err
	}
	t, err := t.Funcs(template.FuncMap{
		"comment": comment, "commented": commented, "include": include, "quote": quote, "dollars": dollars, "percent": percent,
	}).ParseFS(texts, "template/*.tmpl")
	if err != nil {
		return "", fmt.Errorf("read the texts of the template: %w", err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, data); err != nil {
		return "", fmt.Errorf("write %s: %w", name, err)
	}
	return out.String(), nil
}

// comment sets a text as a comment above a resource.
func comment(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString("\n  # " + strings.TrimSuffix(line, "\n"))
	}
	return strings.TrimPrefix(b.String(), "\n")
}

// quote returns a text of YAML that is nothing else: JSON's, which YAML has, too.
func quote(text string) (string, error) {
	quoted, err := json.Marshal(text)
	return string(quoted), err //nolint:wrapcheck // a text can be written
}

// tidy leaves one empty line where the parts of the template left several, and
// one line feed at the end.
func tidy(text string) []byte {
	var b strings.Builder
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		if paragraph = strings.Trim(paragraph, "\n"); paragraph != "" {
			b.WriteString(paragraph + "\n\n")
		}
	}
	return []byte(strings.TrimSuffix(b.String(), "\n"))
}
