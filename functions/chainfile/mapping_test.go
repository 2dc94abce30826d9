package chainfile_test

import "testing"

func TestFieldsAreStrict(t *testing.T) {
	t.Parallel()
	refuse(t, map[string]refused{
		"unknown field": {
			withPolicy("retry: {attemps: 3}"),
			`
chain.yaml:6:16: chains[0].steps[0].retry: the field "attempts" is missing
chain.yaml:6:17: chains[0].steps[0].retry: unknown field "attemps"; did you mean "attempts"?`,
		},
		"unknown field of the file": {
			"chain: []\n",
			`
chain.yaml:1:1: unknown field "chain"; did you mean "chains"?
chain.yaml:1:1: the field "chains" is missing`,
		},
		"unknown field in another spelling": {
			withField("max_body: 1MiB", "AsyncTimeout: 1m"),
			`
chain.yaml:5:5: chains[0]: unknown field "max_body"; did you mean "maxBody"?
chain.yaml:6:5: chains[0]: unknown field "AsyncTimeout"; did you mean "asyncTimeout"?`,
		},
		"unknown field that resembles none": {
			withField("x-owner: shop"),
			`chain.yaml:5:5: chains[0]: unknown field "x-owner"`,
		},
		"long unknown field": {
			withField("aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggghhhhhhhhhhiiiiiiiiiijjjjjjjjjjk: 1"),
			`chain.yaml:5:5: chains[0]: unknown field "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff…"`,
		},
		"missing fields": {
			"chains:\n  - description: empty\n",
			`
chain.yaml:2:5: chains[0]: the field "name" is missing
chain.yaml:2:5: chains[0]: the field "route" is missing
chain.yaml:2:5: chains[0]: the field "steps" is missing`,
		},
		"field given twice": {
			withField("name: b"),
			`chain.yaml:5:5: chains[0]: the field "name" is there already, at line 2`,
		},
		"key that is a number": {
			withField("5: b"),
			`chain.yaml:5:5: chains[0]: expected the name of a field, found the number 5`,
		},
		"key that is a list": {
			withField("[a]: b"),
			`chain.yaml:5:5: chains[0]: expected the name of a field, found a list`,
		},
	})
}

func TestSharingOfYAMLIsRefused(t *testing.T) {
	t.Parallel()
	refuse(t, map[string]refused{
		"alias": {
			"chains:\n  - name: &n a\n    route: POST /a\n    steps: [quote.price]\n    type: *n\n",
			`chain.yaml:5:11: chains[0].type: the alias "*n" is refused; write the value out`,
		},
		"alias as a key": {
			"chains:\n  - name: &n a\n    route: POST /a\n    steps: [quote.price]\n    *n : b\n",
			`chain.yaml:5:5: chains[0]: the alias "*n" is refused; write the value out`,
		},
		"alias to what holds it": {
			"chains: &c\n  - *c\n",
			`chain.yaml:2:5: chains[0]: the alias "*c" is refused; write the value out`,
		},
		"billion laughs": {
			"a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nchains: *c\n",
			`
chain.yaml:1:1: unknown field "a"
chain.yaml:2:1: unknown field "b"
chain.yaml:3:1: unknown field "c"
chain.yaml:4:9: chains: the alias "*c" is refused; write the value out`,
		},
		"merge key": {
			"chains:\n  - &a\n    name: a\n    route: POST /a\n    steps: [quote.price]\n  - <<: *a\n    name: b\n    route: POST /b\n" +
				"    steps: [quote.price]\n",
			`chain.yaml:6:5: chains[1]: the merge key "<<" is refused; write the fields out`,
		},
		"tag": {
			withField("description: !!str 5", "progress: !!bool true", "headers: !!seq [Accept]", "tenants: !mine [a]"),
			`
chain.yaml:5:18: chains[0].description: the tag "!!str" is refused; write the value alone
chain.yaml:6:15: chains[0].progress: the tag "!!bool" is refused; write the value alone
chain.yaml:7:14: chains[0].headers: the tag "!!seq" is refused; write the value alone
chain.yaml:8:14: chains[0].tenants: the tag "!mine" is refused; write the value alone`,
		},
	})
}
