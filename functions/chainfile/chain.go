package chainfile

import (
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/homing-dev/homing/functions"
)

// mostChains bounds the search for routes that conflict, which compares each
// with all before it.
const mostChains = 1000

// draft is a chain and the places of its fields, for the checks that look at
// more than one of them.
type draft struct {
	chain  functions.Chain
	fields map[string]value
	// timeouts are the places of the steps' timeouts that could be read, by
	// the index of the step.
	timeouts map[int]value
}

// chains reads the whole file.
func (r *reader) chains(v value) []draft {
	var drafts []draft
	r.mapping(v, []field{{name: "chains", required: true, read: func(list value) {
		if n := len(list.node.Content); list.node.Kind == yaml.SequenceNode && n > mostChains {
			r.wrong(list, "%d chains are more than one file may have, %d", n, mostChains)
			return
		}
		r.list(list, "chains", func(item value) {
			drafts = append(drafts, r.chain(item))
		})
	}}})
	r.uniqueNames(drafts)
	r.uniqueTypes(drafts)
	r.uniqueRoutes(drafts)
	return drafts
}

func (r *reader) chain(v value) draft {
	d := draft{timeouts: map[int]value{}}
	c := &d.chain
	d.fields = r.mapping(v, []field{
		{name: "name", required: true, read: r.text(&c.Name, dashedName)},
		{name: "description", read: r.text(&c.Description)},
		{name: "route", required: true, read: r.route(&c.Method, &c.Path)},
		{name: "type", read: r.text(&c.Type, word)},
		{name: "timeout", read: r.duration(&c.Timeout)},
		{name: "asyncTimeout", read: r.duration(&c.AsyncTimeout)},
		{name: "maxBody", read: r.size(&c.MaxBody)},
		{name: "headers", read: r.headers(&c.Headers)},
		// An empty list is refused above all here, where it would let in
		// every token and looks as if it let in none.
		{name: "tenants", read: r.texts(&c.Tenants, "tenants", word)},
		{name: "progress", read: r.flag(&c.Progress)},
		{name: "consumes", read: r.texts(&c.Consumes, "media types", mediaType)},
		{name: "produces", read: r.texts(&c.Produces, "media types", mediaType)},
		{name: "query", read: r.query(&c.Query)},
		{name: "steps", required: true, read: r.steps(&d)},
	})
	r.stepTimeouts(d)
	return d
}

// headers reads the allow-list. Two headers in one attribute would overwrite
// each other on the event.
func (r *reader) headers(into *[]string) func(value) {
	return func(v value) {
		r.texts(into, "headers", headerName)(v)
		if v.node.Kind != yaml.SequenceNode {
			return
		}
		attrs := map[string]string{}
		for i := range v.node.Content {
			item := v.item(i)
			name := item.node.Value
			if !slices.Contains(*into, name) {
				continue
			}
			attr := functions.HeaderAttr(name)
			if earlier, taken := attrs[attr]; taken && earlier != name {
				r.wrong(item, "%s and %s would share the event's attribute %s", quote(name), quote(earlier), attr)
				continue
			}
			attrs[attr] = name
		}
	}
}

// query reads the parameters of the query.
func (r *reader) query(into *[]functions.Param) func(value) {
	return func(v value) {
		lines := map[string]int{}
		r.list(v, "parameters", func(item value) {
			p := functions.Param{Type: "string"}
			fields := r.mapping(item, []field{
				{name: "name", required: true, read: r.text(&p.Name, word)},
				{name: "type", read: r.text(&p.Type, paramType)},
				{name: "description", read: r.text(&p.Description)},
				{name: "required", read: r.flag(&p.Required)},
			})
			if earlier, twice := lines[p.Name]; twice {
				r.wrong(fields["name"], "the parameter %s is there already, at line %d", quote(p.Name), earlier)
			}
			if p.Name != "" {
				lines[p.Name] = fields["name"].node.Line
			}
			*into = append(*into, p)
		})
	}
}

// stepTimeouts finds the steps that could never use their whole timeout. An
// asyncTimeout counts only when the file has one: its default is so long that
// no mistake would ever show.
func (r *reader) stepTimeouts(d draft) {
	c := d.chain.WithDefaults()
	_, timeoutWritten := d.fields["timeout"]
	_, asyncWritten := d.fields["asyncTimeout"]
	if timeoutWritten && d.chain.Timeout == 0 || asyncWritten && d.chain.AsyncTimeout == 0 {
		return // the limit itself is wrong, and reported
	}
	limit, name := c.Timeout, "timeout"
	switch {
	case d.chain.AsyncTimeout > limit:
		limit, name = d.chain.AsyncTimeout, "asyncTimeout"
	case !timeoutWritten:
		name = "default timeout"
	}
	for i, step := range c.Steps {
		if at, ok := d.timeouts[i]; ok && step.Policy.Timeout > limit {
			r.wrong(at, "%s is longer than the chain's %s, %s", step.Policy.Timeout, name, limit)
		}
	}
}
