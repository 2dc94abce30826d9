package chainfile_test

import (
	"testing"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/functions/chainfile"
)

func TestStepIsRefused(t *testing.T) {
	t.Parallel()
	const are = "; known are quote.enrich, quote.price, quote.validate"
	refuse(t, map[string]refused{
		"no steps": {withSteps("[]"), `chain.yaml:4:12: chains[0].steps: the list of steps is empty`},
		"misspelt function": {
			withSteps("[quote.enrch]"),
			`chain.yaml:4:13: chains[0].steps[0]: unknown function "quote.enrch"` + are + `; did you mean "quote.enrich"?`,
		},
		"function without its group": {
			withSteps("[{function: price}]"),
			`chain.yaml:4:24: chains[0].steps[0].function: unknown function "price"` + are + `; did you mean "quote.price"?`,
		},
		"function that shares only the group": {
			withSteps("[quote.ship]"),
			`chain.yaml:4:13: chains[0].steps[0]: unknown function "quote.ship"` + are,
		},
		"empty function": {withSteps("['']"), `chain.yaml:4:13: chains[0].steps[0]: unknown function ""` + are},
		"function that is nil": {
			withSteps("[broken]"), `chain.yaml:4:13: chains[0].steps[0]: unknown function "broken"` + are,
		},
		"function that is a number": {
			withSteps("[{function: 5}]"), `chain.yaml:4:24: chains[0].steps[0].function: expected a text, found the number 5`,
		},
		"no function": {
			withSteps("[{name: a}]"), `chain.yaml:4:13: chains[0].steps[0]: the field "function" is missing, or "url" for a remote step`,
		},
		"function and url": {
			withSteps("[{name: a, function: quote.price, url: 'http://h/'}]"),
			`chain.yaml:4:13: chains[0].steps[0]: a step is either a function or a url, not both`,
		},
		"url without a name": {
			withSteps("[{url: 'http://h/'}]"),
			`chain.yaml:4:13: chains[0].steps[0]: the field "name" is missing: a step with a url has no function to be named after`,
		},
		"url of no server": {
			withSteps("[{name: a, url: '/path'}]"),
			`chain.yaml:4:28: chains[0].steps[0].url: "/path" is not an absolute http or https URL without user and fragment, nor lambda:NAME`,
		},
		"url with a password": {
			withSteps("[{name: a, url: 'http://me:secret@h/'}]"),
			`chain.yaml:4:28: chains[0].steps[0].url: "http://me:secret@h/" is not an absolute http or https URL without user and fragment, nor lambda:NAME`,
		},
		"bad name": {
			withSteps("[{name: a b, function: quote.price}]"),
			`chain.yaml:4:20: chains[0].steps[0].name: "a b" is not a name of letters, digits, dashes, underscores and dots`,
		},
		"number": {
			withSteps("[5]"),
			`chain.yaml:4:13: chains[0].steps[0]: expected a mapping with name, function, url, answers, headers, auth, run, permissions, timeout, retry, ` +
				`concurrency, breaker, found the number 5`,
		},
		"lambda without a name": {
			withSteps("[{name: a, url: 'lambda:'}]"),
			`chain.yaml:4:28: chains[0].steps[0].url: "lambda:" is not lambda: and the name or ARN of a function`,
		},
		"lambda as a URL": {
			withSteps("[{name: a, url: 'lambda://resize'}]"),
			`chain.yaml:4:28: chains[0].steps[0].url: "lambda://resize" is not lambda: and the name or ARN of a function`,
		},
		"same function twice": {
			withSteps("\n      - quote.price\n      - quote.enrich\n      - quote.price"),
			`chain.yaml:7:9: chains[0].steps[2]: a step is named "price" already, at line 5; give this one another name`,
		},
		"same name twice": {
			withSteps("\n      - quote.price\n      - name: price\n        function: quote.enrich"),
			`chain.yaml:6:9: chains[0].steps[1]: a step is named "price" already, at line 5; give this one another name`,
		},
	})
}

func TestFunctionsAreListedOnlyWhenFew(t *testing.T) {
	t.Parallel()
	many := map[string]functions.Function{}
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "quote.price"} {
		many[name] = echo
	}
	const at = "chain.yaml:4:13: chains[0].steps[0]: unknown function "
	for name, test := range map[string]struct {
		step  string
		known map[string]functions.Function
		want  string
	}{
		"none": {"quote.price", nil, at + `"quote.price"; no function is known here`},
		"many": {"quote.prise", many, at + `"quote.prise"; did you mean "quote.price"?`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := chainfile.Parse("chain.yaml", []byte(withSteps("["+test.step+"]")), test.known)
			if err == nil || err.Error() != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

func TestFunctionWhoseNameCannotNameAStep(t *testing.T) {
	t.Parallel()
	odd := map[string]functions.Function{"quote/price": echo, "quote.": echo}
	const cannot = ` is not a name of letters, digits, dashes, underscores and dots`
	for name, test := range map[string]struct{ steps, want string }{
		"slash, short form": {`[quote/price]`, `chain.yaml:4:13: chains[0].steps[0]: the step needs a name: "quote/price"` + cannot},
		"dot at the end":    {`[{function: quote.}]`, `chain.yaml:4:24: chains[0].steps[0].function: the step needs a name: ""` + cannot},
		"named":             {`[{function: quote., name: price}]`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := ""
			if _, err := chainfile.Parse("chain.yaml", []byte(withSteps(test.steps)), odd); err != nil {
				got = err.Error()
			}
			if got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestStepMayRunAtAURL(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"http://audit.shop.svc/x?y=1", "lambda:audit", "lambda:audit:live",
		"lambda:arn:aws:lambda:eu-west-1:123456789012:function:shop_audit:$LATEST",
	} {
		file := "chains: [{name: a, route: POST /a, steps: [{name: audit, url: '" + url + "', timeout: 1s}]}]"
		chains, err := chainfile.Parse("chain.yaml", []byte(file), nil)
		if err != nil {
			t.Fatal(err)
		}
		step := chains[0].Steps[0]
		if step.Name != "audit" || step.URL != url || step.Function != nil {
			t.Errorf("got %+v", step)
		}
	}
}
