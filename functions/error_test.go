package functions_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/homing-dev/homing/functions"
)

func TestErrorSaysWhatItKnows(t *testing.T) {
	t.Parallel()
	field := functions.FieldError{Pointer: "#/n", Detail: "bad"}
	tests := map[string]struct {
		err    *functions.Error
		status int
		text   string
	}{
		"zero":          {&functions.Error{}, 500, "Internal Server Error"},
		"status":        {functions.Errorf(404, ""), 404, "Not Found"},
		"detail":        {functions.Errorf(404, "no order %d", 7), 404, "Not Found: no order 7"},
		"title":         {&functions.Error{Problem: functions.Problem{Title: "Sold out", Detail: "come again"}}, 500, "Sold out: come again"},
		"unknown":       {functions.Errorf(799, "odd"), 799, ": odd"},
		"one field":     {functions.Invalid(field), 422, "Invalid request: 1 field is wrong; see errors; #/n: bad"},
		"two fields":    {functions.Invalid(field, field), 422, "Invalid request: 2 fields are wrong; see errors; #/n: bad; #/n: bad"},
		"without field": {functions.Invalid(), 422, "Invalid request: 0 fields are wrong; see errors"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := tt.err.StatusCode(); got != tt.status {
				t.Errorf("got status %d, want %d", got, tt.status)
			}
			if got := tt.err.Error(); got != tt.text {
				t.Errorf("got %q, want %q", got, tt.text)
			}
		})
	}
}

func TestErrorfKeepsTheCauseItWraps(t *testing.T) {
	t.Parallel()
	err := functions.Errorf(502, "shop: %w", io.EOF)
	if !errors.Is(err, io.EOF) || err.Cause != io.EOF || err.Detail != "shop: EOF" { //nolint:errorlint // the cause itself
		t.Errorf("got %+v", err)
	}
	two := functions.Errorf(502, "%w, then %w", io.EOF, io.ErrClosedPipe)
	if !errors.Is(two, io.EOF) || !errors.Is(two, io.ErrClosedPipe) {
		t.Errorf("got %+v", two)
	}
	for name, plain := range map[string]*functions.Error{
		"no operand": functions.Errorf(502, "shop"), "with %v": functions.Errorf(502, "shop: %v", io.EOF),
	} {
		if plain.Cause != nil || errors.Unwrap(plain) != nil {
			t.Errorf("%s: got cause %v", name, plain.Cause)
		}
	}
}

func TestErrorIsFoundInAChainOfErrors(t *testing.T) {
	t.Parallel()
	var got *functions.Error
	if !errors.As(fmt.Errorf("outer: %w", functions.Errorf(409, "inner")), &got) || got.Status != 409 {
		t.Errorf("got %v", got)
	}
}

func TestProblemAsJSON(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		problem functions.Problem
		want    string
	}{
		"least": {functions.Problem{Title: "Not Found", Status: 404}, `{"title":"Not Found","status":404}`},
		"all": {functions.Problem{
			Type: "urn:x", Title: "T", Status: 422, Detail: "D", Step: "S", Attempt: 2, RequestID: "R",
			Errors: []functions.FieldError{{Pointer: "#/a", Detail: "E"}},
		}, `{"type":"urn:x","title":"T","status":422,"detail":"D","step":"S","attempt":2,"requestid":"R",` +
			`"errors":[{"pointer":"#/a","detail":"E"}]}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := json.Marshal(tt.problem)
			if err != nil || string(got) != tt.want {
				t.Errorf("got %s, %v\nwant %s", got, err, tt.want)
			}
		})
	}
}

func TestCauseAndRetryAfterAreNotInTheProblem(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal((&functions.Error{Cause: io.EOF, RetryAfter: time.Hour}).Problem)
	if err != nil || string(got) != `{"title":"","status":0}` {
		t.Errorf("got %s, %v", got, err)
	}
}
