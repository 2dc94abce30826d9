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
// It gives an error if a chain is not valid, if a call of it takes longer than
// Lambda lets a function run, if names cannot be had or would be given twice,
// or if a step's URL names a Lambda that cannot be.
func Template(chains []functions.Chain) ([]byte, error) {
	p, err := newPlan(chains)
	if err != nil {
		return nil, err
	}
	t, err := template.New("template.yaml.tmpl").Option("missingkey=error").
		Funcs(template.FuncMap{"comment": comment, "quote": quote}).
		ParseFS(texts, "template/*.tmpl")
	if err != nil {
		return nil, fmt.Errorf("read the texts of the template: %w", err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, p); err != nil {
		return nil, fmt.Errorf("write the template: %w", err)
	}
	return tidy(out.String()), nil
}

// comment sets a text as a comment above a resource.
func comment(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString("\n  # " + strings.TrimSuffix(line, "\n"))
	}
	return strings.TrimPrefix(b.String(), "\n")
}

// quote makes a text of YAML that is nothing else: JSON's, which YAML has, too.
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
