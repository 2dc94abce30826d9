package scaffold_test

import (
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/homing-dev/homing/cmd/homing/internal/scaffold"
)

const goFunctions = `package shop

import "github.com/homing-dev/homing/functions"

func Functions() functions.Map {
	return functions.Map{"greet": functions.Typed(Greet)}
}
`

// app is one in Go with these chains.
func app(chains string, more map[string]string) fstest.MapFS {
	files := fstest.MapFS{}
	for name, text := range map[string]string{"chain.yaml": chains, "go.mod": "module shop\n", "functions.go": goFunctions} {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	for name, text := range more {
		files[name] = &fstest.MapFile{Data: []byte(text)}
		if text == "" {
			delete(files, name)
		}
	}
	return files
}

func TestAddLeavesTheRestOfTheChainsAlone(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		before string
		add    scaffold.Addition
		after  string
	}{
		"a chain": {
			"# mine\nchains:\n  - name: a # one\n    route: POST /a\n    steps:\n      - greet # first\n\n# the end\n",
			scaffold.Addition{Name: "quote.price"},
			"# mine\nchains:\n  - name: a # one\n    route: POST /a\n    steps:\n      - greet # first\n\n  - name: quote-price\n" +
				"    route: POST /quote-price\n    steps:\n      - function: quote.price\n\n# the end\n",
		},
		"without indentation": {
			"chains:\n- name: a\n  route: POST /a\n  steps:\n  - greet",
			scaffold.Addition{Name: "price", Route: "GET /p/{id}"},
			"chains:\n- name: a\n  route: POST /a\n  steps:\n  - greet\n\n- name: price\n  route: GET /p/{id}\n  steps:\n    - function: price\n",
		},
		"a step amid a file": {
			"chains:\n  - name: a\n    steps:\n      - function: greet\n        retry:\n          attempts: 3\n          # to be sure\n\n" +
				"    # how it is called\n    route: POST /a\n",
			scaffold.Addition{Name: "price", Chain: "a"},
			"chains:\n  - name: a\n    steps:\n      - function: greet\n        retry:\n          attempts: 3\n          # to be sure\n" +
				"      - function: price\n\n    # how it is called\n    route: POST /a\n",
		},
		"a step on one line": {
			"chains: [{name: a, route: 'POST /a[', steps: [greet]}] # all\n",
			scaffold.Addition{Name: "price", Chain: "a"},
			"chains: [{name: a, route: 'POST /a[', steps: [greet, price]}] # all\n",
		},
		"a chain on one line": {
			"chains: [\n  {name: a, route: POST /ä, steps: [{function: greet}]},\n]\n",
			scaffold.Addition{Name: "price"},
			"chains: [\n  {name: a, route: POST /ä, steps: [{function: greet}]}, {name: price, route: \"POST /price\", steps: [price]}\n]\n",
		},
		"lines of Windows": {
			"chains:\r\n  - name: a\r\n    route: POST /a\r\n    steps:\r\n      - greet\r\n",
			scaffold.Addition{Name: "price", Chain: "a"},
			"chains:\r\n  - name: a\r\n    route: POST /a\r\n    steps:\r\n      - greet\r\n      - function: price\r\n",
		},
	} {
		changes, err := scaffold.Add(app(tt.before, nil), tt.add)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := string(changes.Changed[1].Data); got != tt.after {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, tt.after)
		}
	}
}

const oneChain = "chains:\n  - {name: a, route: POST /a, steps: [greet]}\n"

func TestAddPutsALineIntoTheMap(t *testing.T) {
	t.Parallel()
	head := "package main\n\nimport f \"github.com/homing-dev/homing/functions\"\n\n"
	for before, after := range map[string]string{
		"var fns = f.Map{}\n": "var fns = f.Map{\n\t\"price\": f.Typed(Price),\n}\n",
		"var fns = f.Map{\n\t\"greet\": f.Typed(Greet), // hello\n\t// more\n}\n": "var fns = f.Map{\n\t\"greet\": f.Typed(Greet), // hello\n\t// more\n" +
			"\t\"price\": f.Typed(Price),\n}\n",
		"var fns = f.Map{\"a\": nil, \"b\": nil}\n":     "var fns = f.Map{\"a\": nil, \"b\": nil,\n\t\"price\": f.Typed(Price),\n}\n",
		"var fns = f.Map{\n\t\"a\": f.Typed(A)}\n":      "var fns = f.Map{\n\t\"a\":     f.Typed(A),\n\t\"price\": f.Typed(Price),\n}\n",
		"func main() { runtimes.Main(nil, f.Map{}) }\n": "func main() {\n\truntimes.Main(nil, f.Map{\n\t\t\"price\": f.Typed(Price),\n\t})\n}\n",
	} {
		changes, err := scaffold.Add(app(oneChain, map[string]string{"functions.go": head + before}), scaffold.Addition{Name: "price"})
		if err != nil {
			t.Errorf("%s: %v", before, err)
			continue
		}
		if got := string(changes.Changed[0].Data); got != head+after {
			t.Errorf("got\n%s\nwant\n%s", got, head+after)
		}
		if text := string(changes.Created[0].Data); !strings.HasPrefix(text, "package main\n") {
			t.Errorf("the function is %s", text)
		}
	}
}

func TestAddRefuses(t *testing.T) {
	t.Parallel()
	python := map[string]string{"go.mod": "", "app.py": "pass", "functions/price.py": "pass"}
	for name, tt := range map[string]struct {
		add    scaffold.Addition
		chains string
		more   map[string]string
		want   string
	}{
		"keyword":              {scaffold.Addition{Name: "func"}, oneChain, nil, `"func" is a keyword of Go`},
		"keyword of Python":    {scaffold.Addition{Name: "class"}, oneChain, python, `"class" is a keyword of Python`},
		"path":                 {scaffold.Addition{Name: "../price"}, oneChain, nil, "is not a name of a function"},
		"empty":                {scaffold.Addition{}, oneChain, nil, "is not a name of a function"},
		"double dot":           {scaffold.Addition{Name: "a..b"}, oneChain, nil, "is not a name of a function"},
		"digit":                {scaffold.Addition{Name: "2a"}, oneChain, nil, "is not a name of a function"},
		"other letters":        {scaffold.Addition{Name: "prix.é"}, oneChain, nil, "is not a name of a function"},
		"exists in the map":    {scaffold.Addition{Name: "greet"}, oneChain, nil, "the function greet exists already, in functions.go:6"},
		"exists in Go":         {scaffold.Addition{Name: "functions"}, oneChain, nil, "would be called Functions, and that exists already, in functions.go"},
		"exists as a file":     {scaffold.Addition{Name: "price"}, oneChain, map[string]string{"price.go": "package shop"}, "price.go, and that exists already"},
		"exists in Python":     {scaffold.Addition{Name: "price"}, oneChain, python, "functions/price.py, and that exists already"},
		"no such chain":        {scaffold.Addition{Name: "price", Chain: "b"}, oneChain, nil, `there is no chain "b"`},
		"chain exists":         {scaffold.Addition{Name: "a"}, oneChain, nil, "a chain named a exists already; --chain a"},
		"route exists":         {scaffold.Addition{Name: "price", Route: "POST /a"}, oneChain, nil, "would be invalid"},
		"no route":             {scaffold.Addition{Name: "price", Route: "/price"}, oneChain, nil, "would be invalid"},
		"lines in a route":     {scaffold.Addition{Name: "price", Route: "POST /x\n    timeout: 1s"}, oneChain, nil, "is not a route"},
		"chains are invalid":   {scaffold.Addition{Name: "price"}, "chains: [{name: a}]", nil, "mend the chains first:\nchain.yaml:1:10"},
		"no chains":            {scaffold.Addition{Name: "price"}, "# nothing\n", nil, "mend the chains first"},
		"Go does not compile":  {scaffold.Addition{Name: "price"}, oneChain, map[string]string{"x.go": "pakage"}, "mend what does not compile first: x.go:1"},
		"no map":               {scaffold.Addition{Name: "price"}, oneChain, map[string]string{"functions.go": "package shop"}, "no functions.Map"},
		"no language":          {scaffold.Addition{Name: "price"}, oneChain, map[string]string{"go.mod": ""}, "neither go.mod nor app.py"},
		"comment in the lists": {scaffold.Addition{Name: "price"}, "chains: [ # all\n {name: a, route: POST /a, steps: [greet]}]\n", nil, "add this by hand:\n  - function: price"},
	} {
		files := app(tt.chains, tt.more)
		before := maps.Clone(files)
		_, err := scaffold.Add(files, tt.add)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v", name, err)
		}
		if !maps.Equal(files, before) {
			t.Errorf("%s: files were changed", name)
		}
	}
}

func TestAddInAnotherLanguageTakesTheURLOfTheOthers(t *testing.T) {
	t.Parallel()
	chains := "chains:\n  - name: a\n    route: POST /a\n    env: {STEPS_URL: \"http://127.0.0.1:7000\"}\n    steps: [{name: s, url: \"${STEPS_URL}/s\"}]\n" +
		"  - {name: b, route: POST /b, steps: [{name: s, url: \"http://x/\"}]}\n"
	node := map[string]string{"go.mod": "", "app.mjs": "0"}
	for _, tt := range []struct {
		add  scaffold.Addition
		want string
	}{
		{scaffold.Addition{Name: "my-price"}, "    env: {STEPS_URL: \"http://127.0.0.1:7000\"}\n    steps:\n      - name: my-price\n        run: node app.mjs\n" +
			"        url: ${STEPS_URL}/my_price\n        answers: json\n"},
		{scaffold.Addition{Name: "price", Chain: "a"}, `{name: price, run: node app.mjs, url: "${STEPS_URL}/price", answers: json}]`},
		{scaffold.Addition{Name: "price", Chain: "b"}, `{name: price, run: node app.mjs, url: "http://127.0.0.1:9000/price", answers: json}]`},
	} {
		changes, err := scaffold.Add(app(chains, node), tt.add)
		if err != nil || !strings.Contains(string(changes.Changed[0].Data), tt.want) || len(changes.Created) != 2 {
			t.Errorf("%v: %v, %+v", tt.add, err, changes)
		}
	}
}
