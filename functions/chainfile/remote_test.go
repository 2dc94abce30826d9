package chainfile_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/functions/chainfile"
)

// withStep is a good file but for what its only step, a remote one, has from line
// 7, column 9, on.
func withStep(lines ...string) string {
	return "chains:\n  - name: a\n    route: POST /a\n    steps:\n      - name: clean\n        url: http://h/\n        " +
		strings.Join(lines, "\n        ") + "\n"
}

func TestEveryFieldOfARemoteStepReachesIt(t *testing.T) {
	t.Parallel()
	file := `
chains:
  - name: checkout
    route: POST /checkout
    env: {CLEAN_URL: "http://localhost:9001", EMPTY: ""}
    secrets: [FRAUD_KEY]
    steps:
      - name: clean
        url: ${CLEAN_URL}/clean?key=${FRAUD_KEY}
        answers: json
        headers: {Authorization: "Bearer ${CLEAN_TOKEN}", X-Price: 5 $$}
        run: python app.py $PORT
      - name: fraud
        url: https://api.example/fraud
        auth: {sigv4: execute-api}
        permissions:
          - {Action: "execute-api:Invoke", Resource: "arn:aws:execute-api:eu-west-1:123456789012:api/*"}
          - Effect: Deny
            Action: ["s3:Get*", "s3:PutObject"]
            Resource: ["*"]
            Condition: {StringEquals: {"aws:PrincipalTag/team": shop}}
      - {name: score, url: https://score.example, auth: {oidc: "https://score.example"}, answers: event}
      - {name: local, run: node server.js}
`
	chains, err := chainfile.Parse("chain.yaml", []byte(file), nil)
	if err != nil {
		t.Fatal(err)
	}
	c := chains[0]
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
	if got, want := c.Env, (map[string]string{"CLEAN_URL": "http://localhost:9001", "EMPTY": ""}); !reflect.DeepEqual(got, want) {
		t.Errorf("env: got %v, want %v", got, want)
	}
	want := []functions.Step{
		{
			Name: "clean", URL: "${CLEAN_URL}/clean?key=${FRAUD_KEY}", Answers: "json", Run: "python app.py $PORT",
			Headers: map[string]string{"Authorization": "Bearer ${CLEAN_TOKEN}", "X-Price": "5 $$"},
		},
		{Name: "fraud", URL: "https://api.example/fraud", Auth: functions.Auth{SigV4: "execute-api"}, Permissions: []functions.Permission{
			{
				Effect: "Allow", Action: []string{"execute-api:Invoke"},
				Resource: []string{"arn:aws:execute-api:eu-west-1:123456789012:api/*"},
			},
			{
				Effect: "Deny", Action: []string{"s3:Get*", "s3:PutObject"}, Resource: []string{"*"},
				Condition: map[string]map[string][]string{"StringEquals": {"aws:PrincipalTag/team": {"shop"}}},
			},
		}},
		{Name: "score", URL: "https://score.example", Auth: functions.Auth{OIDC: "https://score.example"}, Answers: "event"},
		{Name: "local", Run: "node server.js"},
	}
	if !reflect.DeepEqual(c.Steps, want) {
		t.Errorf("got  %+v\nwant %+v", c.Steps, want)
	}
	env, secrets := chainfile.Variables(c, c.Steps[0])
	if got, want := fmt.Sprint(env, secrets), "[CLEAN_TOKEN CLEAN_URL] [FRAUD_KEY]"; got != want {
		t.Errorf("the step needs %s, want %s", got, want)
	}
	env, secrets = chainfile.Variables(c, functions.Step{Name: "f", Uses: "f"})
	if got, want := fmt.Sprint(env, secrets), "[CLEAN_URL EMPTY] [FRAUD_KEY]"; got != want {
		t.Errorf("a function may read %s, want %s", got, want)
	}
}

func TestVariableIsRefused(t *testing.T) {
	t.Parallel()
	const not = " is not the name of a variable, of letters, digits and underscores"
	refuse(t, map[string]refused{
		"dash in a name":  {withField("env: {MY-URL: x}"), `chain.yaml:5:11: chains[0].env: "MY-URL"` + not + `; did you mean "MY_URL"?`},
		"number as value": {withField("env: {A: 5}"), `chain.yaml:5:14: chains[0].env.A: expected a text, found the number 5`},
		"nothing":         {withField("env: {A: }"), `chain.yaml:5:14: chains[0].env.A: expected a text, found nothing`},
		"no names":        {withField("env: {}"), `chain.yaml:5:10: chains[0].env: the mapping env is empty`},
		"list":            {withField("env: [A]"), `chain.yaml:5:10: chains[0].env: expected a mapping of names for env, found a list`},
		"name of ours": {
			withField("secrets: [HOMING_TOKENS]"),
			`chain.yaml:5:15: chains[0].secrets[0]: "HOMING_TOKENS" is a name of Homing's own settings, which begin with HOMING_`,
		},
		"twice": {withField("env:", "  A: x", "  A: x"), `chain.yaml:7:7: chains[0].env: the name "A" is there already, at line 6`},
		"template as a default": {
			withField("env: {A: 'http://${HOST}/'}"),
			`chain.yaml:5:14: chains[0].env.A: a default is taken as it is: "${HOST}/" is not resolved in it`,
		},
		"secret with a default": {
			withField("secrets: [KEY]", "env: {KEY: x}"),
			`chain.yaml:6:16: chains[0].env.KEY: KEY is a secret, at line 5: such a variable has no default in a file`,
		},
		"merge key": {
			withField("env:", "  <<: {A: b}"),
			`chain.yaml:6:7: chains[0].env: the merge key "<<" is refused; write the names out`,
		},
		"two defaults in two chains": {
			withChains([2]string{"a\n  env: {A: x, B: y}", "GET /a"}, [2]string{"b\n  env: {A: z, B: y}", "GET /b"}),
			`chain.yaml:7:12: chains[1].env.A: A has another default at line 3, and a process has one environment`,
		},
	})
}

func TestTemplateIsRefused(t *testing.T) {
	t.Parallel()
	const at = "chain.yaml:4:28: chains[0].steps[0].url: "
	const noURL = " is not an absolute http or https URL without user and fragment, nor lambda:NAME"
	refuse(t, map[string]refused{
		"open brace":     {withSteps("[{name: a, url: 'http://${H'}]"), at + `"${H" is not ${NAME}; write "$$" for a dollar`},
		"no name":        {withSteps("[{name: a, url: 'http://${}/'}]"), at + `"" is not the name of a variable, of letters, digits and underscores`},
		"shell default":  {withSteps("[{name: a, url: '${A:-b}'}]"), at + `"A:-b" is not the name of a variable, of letters, digits and underscores; did you mean "${A_b}"?`},
		"setting":        {withSteps("[{name: a, url: '${HOMING_X}'}]"), at + `"HOMING_X" is a name of Homing's own settings, which begin with HOMING_`},
		"without braces": {withSteps("[{name: a, url: $CLEAN/x}]"), at + `"$CLEAN/x"` + noURL + `; did you mean "${CLEAN}/x"?`},
		"no URL at all":  {withSteps("[{name: a, url: 'ftp://${H}/'}]"), at + `"ftp://${H}/"` + noURL},
		"no URL by its default": {
			"chains: [{name: a, route: POST /a, env: {H: 'a b'}, steps: [{name: a, url: 'http://${H}/'}]}]",
			`chain.yaml:1:76: chains[0].steps[0].url: "http://${H}/"` + noURL,
		},
		"header without braces": {
			withStep("headers: {Authorization: Bearer $KEY}"),
			`chain.yaml:7:34: chains[0].steps[0].headers.Authorization: "$KEY" is not ${NAME}; write "$$" for a dollar; did you mean "Bearer ${KEY}"?`,
		},
		"command": {withStep("run: python ${"), `chain.yaml:7:14: chains[0].steps[0].run: "${" is not ${NAME}; write "$$" for a dollar`},
	})
}

func TestURLsThatAreTemplates(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"${URL}", "${URL}/x", "http://${HOST}:${PORT}/${PATH}?q=${Q}", "${SCHEME}://h/", "lambda:${NAME}", "lambda:f:$LATEST",
		"http://h/?$filter=x", "http://h/$$x",
	} {
		if _, err := chainfile.Parse("chain.yaml", []byte(withSteps("[{name: a, url: '"+url+"'}]")), nil); err != nil {
			t.Error(err)
		}
	}
}

func TestWhatARemoteStepNeedsIsRefused(t *testing.T) {
	t.Parallel()
	const at = "chain.yaml:7:19: chains[0].steps[0].headers: "
	refuse(t, map[string]refused{
		"answers": {
			withStep("answers: yaml"), `chain.yaml:7:18: chains[0].steps[0].answers: "yaml" is not one of event, json`,
		},
		"answers of a function": {
			withPolicy("answers: json"), `chain.yaml:6:18: chains[0].steps[0].answers: only a remote step, one with a url, has answers`,
		},
		"command of a function": {
			withPolicy("run: python app.py"), `chain.yaml:5:9: chains[0].steps[0]: run starts a remote step, and this one is a function`,
		},
		"command without a name": {
			withSteps("[{run: python}]"),
			`chain.yaml:4:13: chains[0].steps[0]: the field "name" is missing: a step with a url has no function to be named after`,
		},
		"empty command": {withStep("run: ' '"), `chain.yaml:7:14: chains[0].steps[0].run: the command is empty`},
		"list of headers": {
			withStep("headers: [A]"), `chain.yaml:7:18: chains[0].steps[0].headers: expected a mapping of names for headers, found a list`,
		},
		"connection":   {withStep("headers: {keep-alive: x}"), at + `"keep-alive" cannot be set: it is about a connection`},
		"attribute":    {withStep("headers: {Ce-Id: x}"), at + `"Ce-Id" cannot be set: headers with ce- are the attributes of the event`},
		"length":       {withStep("headers: {content-length: x}"), at + `"content-length" cannot be set: Homing sets it by the event and the url`},
		"host":         {withStep("headers: {HOST: x}"), at + `"HOST" cannot be set: Homing sets it by the event and the url`},
		"trace":        {withStep("headers: {traceparent: x}"), at + `"traceparent" cannot be set: it is about the trace of a call`},
		"no header":    {withStep("headers: {'X Y': x}"), at + `"X Y" is not the name of a header; did you mean "X-Y"?`},
		"empty header": {withStep("headers: {X: ''}"), `chain.yaml:7:22: chains[0].steps[0].headers.X: the value is empty`},
		"two lines":    {withStep(`headers: {X: "a\nb"}`), `chain.yaml:7:22: chains[0].steps[0].headers.X: "a\nb" holds a control character`},
		"same header": {
			withStep("headers: {X-A: b, x-a: c}"), `chain.yaml:7:32: chains[0].steps[0].headers.x-a: "x-a" and "X-A" are the same header`,
		},
		"auth of nobody": {
			withStep("auth: {basic: x}"),
			`
chain.yaml:7:15: chains[0].steps[0].auth: the field "sigv4" or "oidc" is missing
chain.yaml:7:16: chains[0].steps[0].auth: unknown field "basic"`,
		},
		"two auths": {
			withStep("auth: {sigv4: lambda, oidc: a}"), `chain.yaml:7:15: chains[0].steps[0].auth: a step has either sigv4 or oidc, not both`,
		},
		"auth and header": {
			withStep("auth: {oidc: a}", "headers: {authorization: x}"),
			`chain.yaml:7:15: chains[0].steps[0].auth: auth sets the header Authorization, and so does headers.authorization`,
		},
		"auth of a Lambda": {
			withSteps("[{name: a, url: 'lambda:f', auth: {sigv4: lambda}, headers: {A: b}}]"),
			`
chain.yaml:4:46: chains[0].steps[0].auth: a step at lambda: has no auth: it is invoked by the AWS SDK
chain.yaml:4:72: chains[0].steps[0].headers: a step at lambda: has no headers: it is invoked by the AWS SDK`,
		},
		"permission": {
			withStep("permissions: [{Effect: allow, Action: GetObject, Resource: bucket, Sid: x}]"),
			`
chain.yaml:7:32: chains[0].steps[0].permissions[0].Effect: "allow" is not one of Allow, Deny; did you mean "Allow"?
chain.yaml:7:47: chains[0].steps[0].permissions[0].Action: "GetObject" is not an action of IAM such as s3:GetObject
chain.yaml:7:68: chains[0].steps[0].permissions[0].Resource: "bucket" is not an ARN such as arn:aws:s3:::bucket/*, nor "*"
chain.yaml:7:76: chains[0].steps[0].permissions[0]: unknown field "Sid"`,
		},
		"permission without an action": {
			withStep("permissions: [{Resource: '*'}]"), `chain.yaml:7:23: chains[0].steps[0].permissions[0]: the field "Action" is missing`,
		},
	})
}
