package chainfile_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/functions/chainfile"
)

// FuzzParse holds that no file ends the process, that every error has a place,
// and that the chains of a good file are valid, serve together and are the
// same when they are written out and read again.
func FuzzParse(f *testing.F) {
	good, err := os.ReadFile(filepath.Join("testdata", "good.yaml"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(withField("maxBody: 1MiB", "headers: [Accept]", `description: "\u0085\n \ttwo\r"`)))
	f.Add([]byte(withPolicy("retry: {attempts: 2, jitter: 0}")))
	f.Add([]byte(withSteps("[{name: a, url: 'lambda:b', concurrency: {max: 1e1, wait: 1m}}, quote.price]")))
	f.Add([]byte(withField("env: {A: b, C: http://h}", "secrets: [D]")))
	f.Add([]byte(withSteps("[{name: a, url: '${C}/x?$$y=${D}', answers: json, headers: {X-A: 'b ${D}'}, auth: {oidc: c}, run: 'python $PORT'}]")))
	f.Add([]byte(withPolicy("permissions: [{Action: 's3:Get*', Resource: ['*'], Condition: {StringEquals: {a: [b]}}}]")))
	f.Add([]byte("chains:\n  - name: \"a\n\t\x01\n  - [a, {b: c d: e}\n"))
	f.Add([]byte(withRoute("GET /{a}/%7Bb%7D/{all...}")))
	f.Add([]byte("a: &a [*a]\n---\n<<: !!binary x\n\t- ? [\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		chains, err := chainfile.Parse("chain.yaml", data, known())
		if err != nil {
			checkPlaces(t, err)
			return
		}
		for _, c := range chains {
			if err := c.Validate(); err != nil {
				t.Errorf("a parsed chain is not valid: %v", err)
			}
		}
		written, err := yaml.Marshal(map[string]any{"chains": each(chains, writeChain)})
		if err != nil {
			t.Fatal(err)
		}
		again, err := chainfile.Parse("again.yaml", written, known())
		if err != nil {
			t.Fatalf("what was written is not read again: %v\n%s", err, written)
		}
		if got, want := withoutFunctions(again), withoutFunctions(chains); !reflect.DeepEqual(got, want) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	})
}

func checkPlaces(t *testing.T, err error) {
	t.Helper()
	var all chainfile.Errors
	if !errors.As(err, &all) || len(all) == 0 {
		t.Fatalf("the error is %#v, want one of type Errors", err)
	}
	for _, one := range all {
		if one.Line < 1 || one.Column < 1 || one.Message == "" || one.File != "chain.yaml" {
			t.Errorf("the error has no place: %#v", one)
		}
	}
}

func each[T any](all []T, write func(T) map[string]any) []any {
	out := make([]any, len(all))
	for i, one := range all {
		out[i] = write(one)
	}
	return out
}

// written leaves out what is empty, as an author would.
func written(fields map[string]any) map[string]any {
	for name, v := range fields {
		switch d, isDuration := v.(time.Duration); {
		case reflect.ValueOf(v).IsZero(), reflect.TypeOf(v).Kind() == reflect.Map && reflect.ValueOf(v).Len() == 0:
			delete(fields, name)
		case reflect.TypeOf(v).Kind() == reflect.Slice && reflect.ValueOf(v).Len() == 0:
			delete(fields, name)
		case isDuration:
			fields[name] = d.String()
		}
	}
	return fields
}

func writeChain(c functions.Chain) map[string]any {
	return written(map[string]any{
		"name": c.Name, "description": c.Description, "route": c.Method + " " + c.Path, "type": c.Type,
		"timeout": c.Timeout, "asyncTimeout": c.AsyncTimeout, "maxBody": c.MaxBody,
		"headers": c.Headers, "tenants": c.Tenants, "progress": c.Progress,
		"consumes": c.Consumes, "produces": c.Produces,
		"env": c.Env, "secrets": c.Secrets,
		"query": each(c.Query, writeParam), "steps": each(c.Steps, writeStep),
	})
}

func writeParam(p functions.Param) map[string]any {
	return written(map[string]any{"name": p.Name, "type": p.Type, "description": p.Description, "required": p.Required})
}

func writeStep(s functions.Step) map[string]any {
	p := s.Policy
	return written(map[string]any{
		"name": s.Name, "function": s.Uses, "url": s.URL, "timeout": p.Timeout,
		"answers": s.Answers, "headers": s.Headers, "run": s.Run, "permissions": each(s.Permissions, writePermission),
		"auth": written(map[string]any{"sigv4": s.Auth.SigV4, "oidc": s.Auth.OIDC}),
		"retry": written(map[string]any{
			"attempts": p.Retry.Attempts, "delay": p.Retry.Delay, "maxDelay": p.Retry.MaxDelay, "jitter": p.Retry.Jitter,
		}),
		"concurrency": written(map[string]any{
			"max": p.Concurrency.Max, "adaptive": p.Concurrency.Adaptive, "wait": p.Concurrency.Wait,
		}),
		"breaker": written(map[string]any{"failures": p.Breaker.Failures, "of": p.Breaker.Of, "delay": p.Breaker.Delay}),
	})
}

func writePermission(p functions.Permission) map[string]any {
	return written(map[string]any{"Effect": p.Effect, "Action": p.Action, "Resource": p.Resource, "Condition": p.Condition})
}
