package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	function "github.com/homing-dev/homing"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/functions/chainfile"
)

const root = "../.."

func TestThePagesAreFresh(t *testing.T) {
	t.Parallel()
	schema, err := schema()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"docs/chain.md": page(), "docs/chain.schema.json": string(schema)} {
		got, err := os.ReadFile(filepath.Join(root, name))
		if err != nil || string(got) != want {
			t.Errorf("%s is not what the code says (%v); run make generate", name, err)
		}
	}
	if strings.Contains(page(), "{{") {
		t.Error("a table is missing")
	}
}

func TestEveryFieldIsDescribedAndNothingElse(t *testing.T) {
	t.Parallel()
	for _, typ := range types() {
		entries := table()[typ.Name()]
		fields := fieldsOf(typ)
		for _, f := range fields {
			if e := entries[f.name]; e.text == "" || e.example == "" || f.required && e.otherwise != "" {
				t.Errorf("%s.%s is described as %+v", typ.Name(), f.name, e)
			}
		}
		if len(fields) != len(entries) {
			t.Errorf("%s has %d fields, and %d are described", typ.Name(), len(fields), len(entries))
		}
	}
}

// validator is the schema as another program reads it.
func validator(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := schema()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("chain.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("chain.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func validate(t *testing.T, s *jsonschema.Schema, file []byte) error {
	t.Helper()
	var doc any
	if err := yaml.Unmarshal(file, &doc); err != nil {
		t.Fatal(err)
	}
	return s.Validate(doc)
}

// anyFunction knows every function that a file names.
func anyFunction(t *testing.T, file []byte) map[string]functions.Function {
	t.Helper()
	known, err := function.Functions()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(string(file), "\n") {
		for _, word := range strings.FieldsFunc(line, func(c rune) bool { return strings.ContainsRune(" ,[]{}:'\"", c) }) {
			if word != "" {
				known[word] = known["quote.price"]
			}
		}
	}
	return known
}

func TestSchemaTakesEveryFileThatIsValid(t *testing.T) {
	t.Parallel()
	s := validator(t)
	paths, err := filepath.Glob(filepath.Join(root, "functions/chainfile/testdata/*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	paths = append(paths, filepath.Join(root, "chain.yaml"), filepath.Join(root, "docs/chain.md"))
	for _, path := range paths {
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(path, ".md") {
			_, text, _ := strings.Cut(string(file), "```yaml\n")
			text, _, _ = strings.Cut(text, "```\n")
			file = []byte(text)
		}
		agree(t, s, path, file, true)
	}
	for name, step := range map[string]string{
		"name": "f", "function": "{function: f, retry: {attempts: 2, jitter: 0}, concurrency: 3}", "mapping": "{function: f, concurrency: {max: 3}}",
		"template": "{name: a, url: '${A}'}", "lambda": "{name: a, url: 'lambda:b', answers: json}", "run": "{name: a, run: python app.py $PORT}",
		"durations": "{function: f, timeout: 1.5s2ms}", "permission": "{function: f, permissions: [{Action: '*', Resource: '*', Condition: {A: {b: [c, d]}}}]}",
		"both": "{name: a, url: 'https://h/x', run: x, headers: {X-A: '5 $$ ${B}'}, auth: {oidc: 'https://h'}}",
	} {
		agree(t, s, name, []byte("chains: [{name: a, route: POST /a, maxBody: 100, steps: ["+step+"]}]"), true)
	}
	for _, cors := range []string{"{origins: ['*']}", "{origins: ['https://a.example', 'http://[::1]:81'], credentials: true, maxAge: 10m}"} {
		agree(t, s, cors, []byte("chains: [{name: a, route: POST /a, cors: "+cors+", steps: [f]}]"), true)
	}
}

// agree checks that the schema and the parser have one verdict.
func agree(t *testing.T, s *jsonschema.Schema, name string, file []byte, good bool) {
	t.Helper()
	_, parseErr := chainfile.Parse(name, file, anyFunction(t, file))
	schemaErr := validate(t, s, file)
	if (parseErr == nil) != good || (schemaErr == nil) != good {
		t.Errorf("%s is good: %t\nparser: %v\nschema: %v", name, good, parseErr, schemaErr)
	}
}

func TestSchemaRefusesWhatTheParserRefuses(t *testing.T) {
	t.Parallel()
	s := validator(t)
	for _, field := range []string{
		"", "cors: {}", "cors: {origins: []}", "cors: {origins: [a]}", "cors: {origins: ['null']}", "cors: {origins: ['https://a/']}",
		"x: 1", "name: a b", "route: /a", "route: get /a", "timeout: 5", "timeout: soon", "timeout: 5 s", "maxBody: 1mib", "maxBody: 0", "maxBody: 1.5",
		"headers: []", "headers: Accept", "headers: ['Accept:']", "headers: [A, A]", "tenants: [my shop]", "progress: 1", "consumes: [json]",
		"query: [{type: integer}]", "query: [{name: w, type: int}]", "env: {}", "env: {MY-URL: x}", "env: {A: 5}", "env: {A: '${B}'}",
		"env: {HOMING_A: x}", "secrets: A", "secrets: [homing_x]", "secrets: [A, A]", "description: 5",
	} {
		file := "chains:\n  - {steps: [f], " + field + "}\n"
		if strings.HasPrefix(field, "name") {
			file = "chains: [{route: POST /a, steps: [f], " + field + "}]"
		} else if !strings.HasPrefix(field, "route") && field != "" {
			file = "chains: [{name: a, route: POST /a, steps: [f], " + field + "}]"
		}
		agree(t, s, field, []byte(file), false)
	}
	for _, step := range []string{
		"", "5", "{}", "{name: a}", "{function: f, url: 'http://h/'}", "{url: 'http://h/'}", "{run: x}", "{name: a, url: /x}", "{name: a, url: 'ftp://h'}",
		"{function: f, run: x}", "{function: f, answers: json}", "{function: f, headers: {A: b}}", "{function: f, auth: {oidc: a}}",
		"{name: a, url: 'http://h/', answers: yaml}", "{name: a, url: 'http://h/', headers: {}}", "{name: a, url: 'http://h/', headers: {Ce-Id: x}}",
		"{name: a, url: 'http://h/', headers: {HOST: x}}", "{name: a, url: 'http://h/', headers: {A: ''}}", "{name: a, url: 'http://h/', auth: {}}",
		"{name: a, url: 'http://h/', auth: {oidc: a, sigv4: b}}", "{name: a, url: 'http://h/', auth: {basic: a}}", "{name: a, run: ' '}",
		"{function: f, permissions: [{Action: x, Resource: '*'}]}", "{function: f, permissions: [{Action: 'a:B', Resource: bucket}]}",
		"{function: f, permissions: [{Action: 'a:B'}]}", "{function: f, permissions: [{Action: 'a:B', Resource: '*', Effect: allow}]}",
		"{function: f, retry: {}}", "{function: f, retry: {attempts: 0}}", "{function: f, retry: {attempts: 101}}", "{function: f, retry: 3}",
		"{function: f, retry: {attempts: 2, jitter: 2}}", "{function: f, concurrency: 0}", "{function: f, concurrency: {wait: 1s}}",
		"{function: f, breaker: {of: 3}}", "{function: f, name: a b}",
	} {
		agree(t, s, step, []byte("chains: [{name: a, route: POST /a, steps: ["+step+"]}]"), false)
	}
	agree(t, s, "no chains", []byte("chains: []"), false)
	agree(t, s, "misspelt", []byte("chain: []"), false)
}
