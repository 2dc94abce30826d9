package chainfile

import "net/http"

// uniqueNames finds chains of one name.
func (r *reader) uniqueNames(drafts []draft) {
	lines := map[string]int{}
	for _, d := range drafts {
		name, at := d.chain.Name, d.fields["name"]
		if name == "" {
			continue
		}
		if earlier, twice := lines[name]; twice {
			r.wrong(at, "a chain is named %s already, at line %d", quote(name), earlier)
			continue
		}
		lines[name] = at.node.Line
	}
}

// uniqueTypes finds chains of one CloudEvents type, be it written or the
// default.
func (r *reader) uniqueTypes(drafts []draft) {
	type owner struct {
		name string
		line int
	}
	owners := map[string]owner{}
	for _, d := range drafts {
		at, written := d.fields["type"]
		if written && d.chain.Type == "" || !written && d.chain.Name == "" {
			continue // reported already
		}
		if !written {
			at = d.fields["name"]
		}
		eventType := d.chain.WithDefaults().Type
		first, taken := owners[eventType]
		switch {
		case !taken:
			owners[eventType] = owner{name: d.chain.Name, line: at.node.Line}
		case !written && first.name == d.chain.Name:
			// The doubled name is what is wrong.
		default:
			r.wrong(at, "the type %s belongs to the chain %s already, at line %d",
				quote(eventType), quote(first.name), first.line)
		}
	}
}

// uniqueRoutes finds routes that one [http.ServeMux] would not take together
// with those before them, or with those of the adapter.
func (r *reader) uniqueRoutes(drafts []draft) {
	mux := http.NewServeMux()
	for _, own := range ownRoutes() {
		_ = register(mux, own) // they are known to go together
	}
	for i, d := range drafts {
		if d.chain.Method == "" {
			continue // reported already
		}
		if register(mux, pattern(d)) != nil {
			r.conflict(d, drafts[:i])
		}
	}
}

// conflict finds the other half of a conflict: ServeMux names it only in a
// text.
func (r *reader) conflict(d draft, earlier []draft) {
	at := d.fields["route"]
	for _, own := range ownRoutes() {
		if conflicts(pattern(d), own) {
			r.wrong(at, "the route %s conflicts with %s of the adapter", quote(pattern(d)), quote(own))
			return
		}
	}
	for _, other := range earlier {
		if other.chain.Method != "" && conflicts(pattern(d), pattern(other)) {
			r.wrong(at, "the route %s conflicts with %s of the chain %s, at line %d",
				quote(pattern(d)), quote(pattern(other)), quote(other.chain.Name), other.fields["route"].node.Line)
			return
		}
	}
}

func conflicts(a, b string) bool {
	mux := http.NewServeMux()
	return register(mux, a) == nil && register(mux, b) != nil
}

func pattern(d draft) string { return d.chain.Method + " " + d.chain.Path }

// ownRoutes are the adapter's, by method: so a chain may still have a wildcard
// that covers one of them whole, where the adapter's route comes first.
func ownRoutes() []string {
	all := make([]string, 0, 2*len(methods())*len(reserved()))
	for _, method := range methods() {
		for _, path := range reserved() {
			all = append(all, method+" "+path, method+" "+path+"/")
		}
	}
	return all
}
