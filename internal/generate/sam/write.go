package sam

import (
	"errors"
	"fmt"
	"slices"

	"github.com/homing-dev/homing/functions"
)

// Options of [Write]. The zero value is usable.
type Options struct {
	// Shapes that the template has; none means all of them, as far as they fit into
	// a stack.
	Shapes []Shape
	// Redis keeps the replies in a Redis or Valkey server of the user's, and not in a
	// table.
	Redis bool
	// Extra is a part of a template by the user, which is merged into it.
	Extra Extra
}

// Result is a template.
type Result struct {
	Text   []byte
	Shapes []Shape
	// Left is why not all shapes are there that were not chosen; nil if they are.
	Left error
}

// Write writes the SAM template that deploys chains, as [Template] does. It returns
// an error, too, if the template is larger than CloudFormation takes, or if the extra
// does not go together with it.
func Write(chains []functions.Chain, o Options) (Result, error) {
	if len(o.Shapes) > 0 {
		var which shapes
		for _, s := range Shapes() {
			if slices.Contains(o.Shapes, s) {
				which = append(which, s)
			}
		}
		text, err := write(chains, which, o)
		return Result{Text: text, Shapes: which}, err
	}
	var first error
	for _, which := range []shapes{Shapes(), {Inline, Vertex}, {Vertex}} {
		text, err := write(chains, which, o)
		var large *LimitError
		switch {
		case !errors.As(err, &large):
			return Result{text, which, first}, err
		case first == nil:
			first = err
		}
	}
	return Result{}, first
}

func write(chains []functions.Chain, which shapes, o Options) ([]byte, error) {
	if len(which) == 0 {
		return nil, errors.New("there is no shape to write")
	}
	p, err := newPlan(chains, which, o.Redis)
	if err != nil {
		return nil, err
	}
	text, err := render("template.yaml.tmpl", p)
	if err != nil {
		return nil, err
	}
	out, err := o.Extra.merge(tidy(text))
	if err != nil {
		return nil, err
	}
	return out, p.checkSize(out)
}

// LimitError is a template, or a part of it, that AWS does not take.
type LimitError struct {
	What      string
	Has, Most int
	Shapes    string
	Way       string // out
}

// Error implements error.
func (e *LimitError) Error() string {
	return fmt.Sprintf("with the shapes %s it has %d %s, and AWS takes %d: %s", e.Shapes, e.Has, e.What, e.Most, e.Way)
}
