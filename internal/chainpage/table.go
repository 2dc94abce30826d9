package main

// entry is what is said of a field: its meaning, its default, "" for none, and an
// example.
type entry struct{ text, otherwise, example string }

// table has an entry for every field of chain.yaml, by the type that it is in and
// its name.
func table() map[string]map[string]entry {
	return map[string]map[string]entry{
		"Chain": chainTable(), "Step": stepTable(),
		"CORS": {
			"origins": {
				"`scheme://host` of each, with a port that is not the scheme's own; `\"*\"` for all.", "",
				"`[\"https://shop.example\"]`",
			},
			"credentials": {
				"Whether they may send cookies and client certificates, which does not go with `\"*\"`; a token needs none.",
				"`false`", "`true`",
			},
			"maxAge": {"How long a browser may keep what it was allowed.", "that of the browser: 5 s", "`10m`"},
		},
		"Param": {
			"name":        {"Its name.", "", "`w`"},
			"type":        {"`string`, `integer`, `number` or `boolean`.", "`string`", "`integer`"},
			"description": {"For the OpenAPI document.", "", "`Width in pixels`"},
			"required":    {"Whether the chain refuses a call without it.", "`false`", "`true`"},
		},
		"Retry": {
			"attempts": {
				"Attempts in all, the first one included. A remote step without `retry` is tried again only while it has not got the event.", "", "`3`",
			},
			"delay":    {"The pause before the second attempt; it doubles with each.", "`50ms`", "`100ms`"},
			"maxDelay": {"The longest pause.", "`2s`", "`1s`"},
			"jitter":   {"The part of a pause by which it varies, from 0 to 1.", "`0.2`", "`0`"},
		},
		"Concurrency": {
			"max":      {"How many calls of the step run at once in a process. The whole mapping may be written as this number.", "", "`8`"},
			"adaptive": {"Whether the limit is found between 1 and `max` from the latency that is seen.", "`false`", "`true`"},
			"wait":     {"How long a call waits for its turn; then it is answered with 429.", "until the deadline", "`100ms`"},
		},
		"Breaker": {
			"failures": {"How many failures of the last `of` calls open it; calls are answered with 503 then.", "", "`5`"},
			"of":       {"How many calls are looked at.", "`failures`", "`10`"},
			"delay":    {"How long until one call is let through to try.", "`5s`", "`10s`"},
		},
		"Rate": {
			"requests": {"How many calls may come in each time of `per`, for as long as one likes.", "", "`100`"},
			"per":      {"A whole number of seconds.", "`1s`", "`1m`"},
			"burst":    {"How many may come at once after a pause.", "`requests`", "`200`"},
			"by":       {"`tenant`: the calls of each are counted for themselves; or `chain`: all are counted together.", "`tenant`", "`chain`"},
		},
		"Scopes": {
			"call":   {"For calling the chain.", "", "`orders.write`"},
			"fetch":  {"For fetching a reply later, or following its progress.", "", "`orders.read`"},
			"cancel": {"For cancelling a request.", "", "`orders.write`"},
		},
		"Auth": {
			"sigv4": {
				"The AWS service that calls are signed for by Signature Version 4: `execute-api` for API Gateway, `lambda` for a function URL.", "",
				"`execute-api`",
			},
			"oidc": {"The audience of the ID token that is sent.", "", "`https://score.example`"},
		},
		"Permission": {
			"Effect":    {"`Allow` or `Deny`.", "`Allow`", "`Allow`"},
			"Action":    {"Actions, or one.", "", "`s3:GetObject`"},
			"Resource":  {"ARNs, or one, or `\"*\"`.", "", "`arn:aws:s3:::photos/*`"},
			"Condition": {"Values, or one, by operator and key.", "", "`{StringEquals: {\"aws:PrincipalTag/team\": shop}}`"},
		},
	}
}

func chainTable() map[string]entry {
	return map[string]entry{
		"name":         {"Letters, digits and dashes; unique.", "", "`quote`"},
		"description":  {"For the OpenAPI document.", "", "`Prices an order`"},
		"route":        {"Method and path, a pattern of Go's `http.ServeMux`; unique.", "", "`POST /shops/{id}/quote`"},
		"type":         {"The CloudEvents type of its events, by which `POST /events` finds it; unique.", "`homing.NAME`", "`com.example.order`"},
		"timeout":      {"How long a reply is wanted.", "`25s`", "`10s`"},
		"asyncTimeout": {"The same for a call with `Prefer: respond-async`.", "`15m`, or `timeout` if that is longer", "`1h`"},
		"maxBody":      {"The largest body of a request, in bytes or with a unit: KB, KiB, MB, MiB, GB, GiB.", "that of the adapter", "`1MiB`"},
		"headers":      {"Request headers that reach the steps, as attributes `http…` of the event.", "none", "`[Accept]`"},
		"tenants":      {"Names of the tokens that may call the chain.", "any", "`[shop, desk]`"},
		"scopes":       {"Scopes that a JWT needs.", "none", "`{call: orders.write, fetch: orders.read}`"},
		"priority": {
			"`high`, `normal` or `low`: under overload, with `HOMING_ADMISSION=adaptive`, the lowest is refused first.", "`normal`", "`high`",
		},
		"rate": {
			"How many calls of the chain may come; one more is answered with 429.", "any number", "`{requests: 100, per: 1s, burst: 200}`",
		},
		"concurrency": {"How many calls of the chain may run at once; one more is answered with 429.", "any number", "`50`"},
		"backlog": {
			"How many calls with `Prefer: respond-async` may have been accepted whose replies have not come; one more is answered with 429.",
			"any number", "`1000`",
		},
		"progress": {"Whether progress is kept where that costs writes.", "`false`", "`true`"},
		"consumes": {"Media types of the request; a body of another one is answered with 415.", "any", "`[application/json]`"},
		"produces": {"Media types of the reply.", "any", "`[image/png]`"},
		"query":    {"Parameters of the query.", "none", "`[{name: w, type: integer}]`"},
		"cors":     {"Pages of other origins that may call the chain from a browser.", "none", "`{origins: [\"https://shop.example\"]}`"},
		"env": {
			"Variables with their defaults. `${NAME}` in `url`, `headers` and `run` of a step stands for one.", "none",
			"`{CLEAN_URL: \"http://localhost:9001\"}`",
		},
		"secrets": {"Names of variables without a default, whose values are never shown.", "none", "`[FRAUD_KEY]`"},
		"steps":   {"What runs, in order. A function may be written as its name alone.", "", "`[quote.validate, quote.price]`"},
	}
}

func stepTable() map[string]entry {
	return map[string]entry{
		"name": {
			"Letters, digits, dashes, underscores and dots; unique in the chain.", "what follows the last dot of `function`", "`validate`",
		},
		"function": {"The name of a function of the app.", "", "`quote.validate`"},
		"url": {
			"Where a remote step runs: an http or https URL, or `lambda:` and the name or ARN of a Lambda function.", "", "`${CLEAN_URL}/clean`",
		},
		"answers": {"What a remote step answers: `event`, a CloudEvent, or `json`, plain data.", "`event`", "`json`"},
		"headers": {"Headers that are sent to a remote step.", "none", "`{Authorization: \"Bearer ${CLEAN_TOKEN}\"}`"},
		"auth":    {"How Homing proves to a remote step who it is.", "not at all", "`{sigv4: execute-api}`"},
		"run":     {"The command that starts a remote step in development.", "", "`python app.py`"},
		"permissions": {
			"Statements of IAM for the function that runs the step on AWS.", "none",
			"`[{Action: s3:GetObject, Resource: \"arn:aws:s3:::photos/*\"}]`",
		},
		"timeout":     {"Of one attempt.", "that of the chain", "`2s`"},
		"retry":       {"Repeats an attempt that failed with what may pass.", "see `attempts`", "`{attempts: 3}`"},
		"concurrency": {"Limits how many calls run at once in a process.", "no limit", "`8`"},
		"breaker":     {"Stops calling a step that keeps failing.", "none", "`{failures: 5, of: 10}`"},
	}
}
