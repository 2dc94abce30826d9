package chainfile_test

import (
	"strings"
	"testing"

	"github.com/homing-dev/homing/functions/chainfile"
)

func TestFileThatIsNoDocumentIsRefused(t *testing.T) {
	t.Parallel()
	refuse(t, map[string]refused{
		"empty":         {"", `chain.yaml:1:1: the file is empty; expected chains`},
		"comments only": {"# nothing\n", `chain.yaml:1:1: the file is empty; expected chains`},
		"null":          {"---\n~\n", `chain.yaml:2:1: the file is empty; expected chains`},
		"UTF-16":        {"\xff\xfec\x00h\x00", `chain.yaml:1:1: the file is UTF-16; save it as UTF-8`},
		"big UTF-16":    {"\xfe\xff\x00c\x00h", `chain.yaml:1:1: the file is UTF-16; save it as UTF-8`},
		"byte order mark": {
			"\xef\xbb\xbfchains: []\n",
			`chain.yaml:1:1: the file starts with a byte order mark; save it as UTF-8 without one`,
		},
		"Latin-1": {
			"chains:\n  - name: Gr\xfc\xdfe\n",
			`chain.yaml:2:13: the byte 0xfc is not UTF-8`,
		},
		"column counts characters": {
			"# größer\n# grö\xdf\n",
			`chain.yaml:2:6: the byte 0xdf is not UTF-8`,
		},
		"two documents": {
			withField("progress: true") + "---\nchains: []\n",
			`chain.yaml:6:1: a second YAML document starts here; expected one`,
		},
		"second document that is no YAML": {
			withField("progress: true") + "---\na: b: c\n",
			`chain.yaml:7:5: not YAML: mapping values are not allowed in this context`,
		},
		"a list":  {"- name: a\n", `chain.yaml:1:1: expected a mapping with chains, found a list`},
		"a text":  {"chains\n", `chain.yaml:1:1: expected a mapping with chains, found the text "chains"`},
		"no root": {"{}\n", `chain.yaml:1:1: the field "chains" is missing`},
		"chains without any": {
			"chains: []\n", `chain.yaml:1:9: chains: the list of chains is empty`,
		},
		"chains without a value": {
			"chains:\n", `chain.yaml:1:8: chains: expected a list of chains, found nothing`,
		},
		"chain that is a text": {
			"chains: [quote]\n",
			`chain.yaml:1:10: chains[0]: expected a mapping with name, description, route, type, timeout, asyncTimeout, maxBody, ` +
				`headers, tenants, scopes, priority, rate, concurrency, backlog, progress, consumes, produces, query, cors, env, secrets, steps, found the text "quote"`,
		},
	})
}

func TestSizeOfTheFileIsLimited(t *testing.T) {
	t.Parallel()
	good := withField("progress: true")
	full := good + strings.Repeat("#", chainfile.MaxSize-len(good))
	if _, err := chainfile.Parse("chain.yaml", []byte(full), known()); err != nil {
		t.Errorf("a file of the largest size: %v", err)
	}
	_, err := chainfile.Parse("chain.yaml", []byte(full+"#"), known())
	if want := "chain.yaml:1:1: the file is larger than 1048576 bytes"; err == nil || err.Error() != want {
		t.Errorf("a file one byte larger: got %v, want %s", err, want)
	}
}

func TestSyntaxErrorNamesThePlaceToLookAt(t *testing.T) {
	t.Parallel()
	refuse(t, map[string]refused{
		"first line": {"chains: a: b\n", `chain.yaml:1:10: not YAML: mapping values are not allowed in this context`},
		"tab": {
			"chains:\n  - name: a\n\t  route: POST /a\n",
			`chain.yaml:3:1: a tab indents this line; YAML takes spaces only`,
		},
		"tab after spaces": {
			"chains:\n  - name: a\n  \troute: POST /a\n",
			`chain.yaml:3:3: a tab indents this line; YAML takes spaces only`,
		},
		"wrong indentation": {
			"chains:\n  - name: a\n    description: |\n      long\n      text\n     route: POST /a\n    steps: []\n",
			`chain.yaml:6:6: not YAML: did not find expected key`,
		},
		"colon in a text": {
			"chains:\n  - name: a\n    headers: [\n      Accept,\n    ]\n    description: one: two\n    route: POST /a\n",
			`chain.yaml:6:21: not YAML: mapping values are not allowed in this context`,
		},
		"list never closed": {
			"chains:\n  - name: a\n    headers: [Accept\n    route: POST /a\n",
			`chain.yaml:3:14: not YAML: did not find expected ',' or ']'`,
		},
		"quote never closed": {
			"chains:\n  - name: \"a\n    route: POST /a\n",
			`chain.yaml:2:11: not YAML: found unexpected end of stream`,
		},
		"no line end": {
			"chains:\n  - name: a\n    type: b: c",
			`chain.yaml:3:12: not YAML: mapping values are not allowed in this context`,
		},
		"control character": {
			"chains:\n  - name: a\x01\n",
			`chain.yaml:2:12: not YAML: control characters are not allowed`,
		},
		"unknown alias": {
			"chains:\n  - name: *a\n",
			`chain.yaml:2:11: not YAML: unknown anchor 'a' referenced`,
		},
	})
}
