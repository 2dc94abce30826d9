package lambda_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/adapter/carrier/lambda"
	"github.com/homing-dev/homing/functions"
)

const result = `{"specversion":"1.0","id":"1","source":"/s","type":"t","replyto":"store:","data":{"b":2}}`

func TestAFunctionAnswersAnEvent(t *testing.T) {
	t.Parallel()
	for name, payload := range map[string]string{"bare": result, "with space": "\n " + result + " \n"} {
		s := says(payload)
		out, err := lambda.New(s).Call(t.Context(), "f", request())
		if err != nil || out == nil || string(out.Data()) != `{"b":2}` || s.calls[0].InvocationType != types.InvocationTypeRequestResponse {
			t.Fatalf("%s: %v %v", name, out, err)
		}
		if functions.Attribute(*out, functions.AttrReplyTo) != "" {
			t.Errorf("%s: the function has said where replies go", name)
		}
	}
}

func TestAFunctionDropsAnEvent(t *testing.T) {
	t.Parallel()
	for _, payload := range []string{"", "null", " null\n"} {
		if out, err := lambda.New(says(payload)).Call(t.Context(), "f", request()); out != nil || err != nil {
			t.Errorf("%q: %v %v", payload, out, err)
		}
	}
}

func TestAFunctionThatAnswersNoEvent(t *testing.T) {
	t.Parallel()
	for _, payload := range []string{
		`{}`, `"x"`, `{"statusCode":200,"body":"x"}`, `{"specversion":"1.0"}`, `[` + result + `]`, `{`, `0`, "secret",
	} {
		_, err := lambda.New(says(payload)).Call(t.Context(), "f", request())
		p, temporary := problem(t, err, 502)
		if temporary || strings.Contains(p.Detail, "secret") {
			t.Errorf("%q: %v %v", payload, p, temporary)
		}
	}
}

func TestAFunctionThatFails(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		payload   string
		status    int
		temporary bool
		step      string
	}{
		"error":        {`{"errorMessage":"secret","errorType":"errorString"}`, 500, true, ""},
		"timeout":      {`{"errorMessage":"2026-11-01T00:00:00Z 1-2-3 Task timed out after 3.00 seconds"}`, 504, true, ""},
		"timeout type": {`{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: 1 Error: secret"}`, 504, true, ""},
		"exit":         {`{"errorType":"Runtime.ExitError","errorMessage":"RequestId: 1 Error: secret"}`, 502, true, ""},
		"too large":    {`{"errorType":"Function.ResponseSizeTooLarge","errorMessage":"secret"}`, 502, false, ""},
		"no JSON":      {`secret`, 500, true, ""},
		"nothing":      {``, 500, true, ""},
		"problem":      {`{"title":"Taken","status":409,"detail":"it is taken"}`, 409, false, ""},
		"problem 503":  {`{"title":"Busy","status":503,"detail":"come back"}`, 503, true, ""},
		"of a vertex":  {`{"title":"Busy","status":503,"detail":"come back","step":"z"}`, 503, false, "z"},
		"no problem":   {`{"title":"Fine","status":200,"errorMessage":"secret"}`, 500, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := lambda.New(says(tt.payload, "Unhandled")).Call(t.Context(), "f", request())
			p, temporary := problem(t, err, tt.status)
			if temporary != tt.temporary || p.Step != tt.step || strings.Contains(p.Detail, "secret") {
				t.Errorf("%+v %v", p, temporary)
			}
			if strings.Contains(tt.payload, "errorMessage\":\"secret") && !strings.Contains(p.Cause.Error(), "secret") {
				t.Errorf("the log does not hear it: %v", p.Cause)
			}
		})
	}
}

// That a process was killed and that it had too little memory was the same.
func TestAFunctionThatEndedSaysByWhat(t *testing.T) {
	t.Parallel()
	const exited = `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: 1 Error: Runtime exited with error: `
	for payload, want := range map[string]string{
		exited + `signal: killed"}`:                           "ended (signal: killed) before",
		exited + `signal: segmentation fault (core dumped)"}`: "ended (signal: segmentation fault (core dumped)) before",
		exited + `exit status 3"}`:                            "ended (exit status 3) before",
		exited + `exit status 3 secret"}`:                     "ended before",
		`{"errorType":"Runtime.OutOfMemory","errorMessage":"RequestId: 1 Error: Runtime exited with error: signal: killed"}`: "ran out of memory before",
	} {
		_, err := lambda.New(says(payload, "Unhandled")).Call(t.Context(), "f", request())
		if p, _ := problem(t, err, 502); !strings.Contains(p.Detail, "the function of the step "+want) {
			t.Errorf("%s: got %s", payload, p.Detail)
		}
	}
}

func TestTheProblemThatAVertexAnswersIsItsFailure(t *testing.T) {
	t.Parallel()
	const doc = `{"title":"Taken","status":409,"detail":"it is taken","step":"b","attempt":2}`
	ev := `{"specversion":"1.0","id":"1","source":"/s","type":"t","httpstatus":409,"datacontenttype":"application/problem+json","data":` + doc + `}`
	_, err := lambda.New(says(ev)).Call(t.Context(), "f", request())
	if p, temporary := problem(t, err, 409); p.Step != "b" || p.Attempt != 2 || temporary {
		t.Errorf("%+v", p)
	}
	plain := strings.ReplaceAll(ev, "application/problem+json", "application/json") // what a function means to say is its result
	if out, err := lambda.New(says(plain)).Call(t.Context(), "f", request()); err != nil || out == nil {
		t.Errorf("%v %v", out, err)
	}
}

func TestACallIsOneAttempt(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		err       error
		status    int
		temporary bool
	}{
		"throttled": {&types.TooManyRequestsException{}, 503, true}, "updated": {&types.ResourceConflictException{}, 503, true},
		"fault": {answered(500), 502, true}, "refused": {errors.New("connection refused"), 502, true},
		"missing": {&types.ResourceNotFoundException{}, 502, false},
	} {
		s := fails(tt.err)
		_, err := lambda.New(s).Call(t.Context(), "f", request())
		p, temporary := problem(t, err, tt.status)
		if temporary != tt.temporary || len(s.calls) != 1 || (p.RetryAfter > 0) != (tt.status == 503) {
			t.Errorf("%s: %d calls, %v, again after %s", name, len(s.calls), err, p.RetryAfter)
		}
	}
}

func TestACallEndsWithItsContext(t *testing.T) {
	t.Parallel()
	gone := errors.New("gone")
	ctx, cancel := context.WithCancelCause(t.Context())
	s := &service{answer: func(ctx context.Context, _ int) (*awslambda.InvokeOutput, error) {
		cancel(gone)
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	if _, err := lambda.New(s).Call(ctx, "f", request()); !errors.Is(err, gone) {
		t.Error(err)
	}
}

func TestALambdaOfSomebodyElseGetsNothingOfTheRouting(t *testing.T) {
	t.Parallel()
	s := says(result)
	in := lambda.Addressed(request(), "letters.a,letters.b,")
	in.SetExtension(functions.AttrReplyToken, "secret")
	if _, err := lambda.New(s).Step("f", "")(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	got := read(t, s.calls[0].Payload).Extensions()
	for _, attr := range []string{functions.AttrRoutingSlip, functions.AttrReplyTo, functions.AttrReplyToken} {
		if value, there := got[attr]; there {
			t.Errorf("it got %s %v", attr, value)
		}
	}
}

func TestAForeignLambdaIsAStep(t *testing.T) {
	t.Parallel()
	s := says(result)
	in := lambda.Addressed(request(), "letters.a,letters.b,")
	out, err := lambda.New(s).Step("arn:aws:lambda:eu-west-1:123456789012:function:f", carrier.Slip("letters.a,"))(t.Context(), in)
	if err != nil || out == nil {
		t.Fatal(err)
	}
	got := read(t, s.calls[0].Payload)
	if carrier.SlipOf(got) != "letters.a," || functions.Attribute(got, functions.AttrReplyTo) != "" ||
		carrier.SlipOf(in) != "letters.a,letters.b," || functions.Attribute(in, functions.AttrReplyTo) != lambda.ReplyToStore {
		t.Errorf("sent %s; the event is %v", s.calls[0].Payload, in)
	}
}

func TestPlainJSONOfAFunctionIsTheDataOfTheResult(t *testing.T) {
	t.Parallel()
	for payload, want := range map[string]string{
		`{"n":2}`: `{"n":2}`, " [1] ": `[1]`, //nolint:gocritic // blanks are what it is about
		`null`: "", ``: "", `{"n":`: "Bad response from step",
		`{"specversion":"1.0","id":"1","source":"/s","type":"t","data":5}`: `5`,
		`{"specversion":"1.0"}`: "Bad response from step",
	} {
		out, err := lambda.New(says(payload)).Remote("f", true)(t.Context(), request())
		switch {
		case err != nil && (!strings.Contains(err.Error(), want) || want == ""):
			t.Errorf("%s: got %v", payload, err)
		case err == nil && out == nil && want != "", err == nil && out != nil && string(out.DataEncoded) != want:
			t.Errorf("%s: got %v, want %s", payload, out, want)
		}
	}
}
