package vertex

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"

	"github.com/cloudevents/sdk-go/v2/protocol"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/backoff"
	"github.com/homing-dev/homing/internal/cloudevents"
)

// acknowledges reports whether an error is none: the CloudEvents SDK returns its
// results as errors, and ResultACK or a 2xx result means that the event was
// handled. The event beside it, if any, goes on; else there is none.
func acknowledges(err error) bool {
	if isNilPointer(err) { // its methods must not be called
		_, isReceipt := err.(*protocol.Receipt)                                   //nolint:errorlint // a nil pointer wraps nothing
		return isReceipt || isHTTP(err, "Result") || isHTTP(err, "RetriesResult") // by the SDK's own rule
	}
	if _, ok := errors.AsType[*functions.Error](err); ok {
		return false
	}
	if result, ok := sdkResult(err); ok {
		return result == nil || result.StatusCode >= 200 && result.StatusCode <= 299
	}
	return protocol.IsACK(err)
}

// httpResult is the HTTP result of the CloudEvents SDK, as that declares it.
type httpResult struct {
	StatusCode int
	Format     string
	Args       []any
}

// sdkResult finds the HTTP result of the CloudEvents SDK; nil is one, too. Its
// RetriesResult, the result of a client, does not unwrap.
func sdkResult(err error) (*httpResult, bool) {
	if retries := findHTTP(err, "RetriesResult"); retries != nil && !isNilPointer(retries) {
		err, _ = reflect.TypeAssert[error](reflect.ValueOf(retries).Elem().FieldByName("Result"))
	}
	found := findHTTP(err, "Result")
	if found == nil {
		return nil, false
	}
	if isNilPointer(found) {
		return nil, true
	}
	out, ok := reflect.TypeAssert[httpResult](reflect.ValueOf(found).Elem().Convert(reflect.TypeFor[httpResult]()))
	return &out, ok
}

// isHTTP reports whether an error is a pointer to that type of the SDK's package
// protocol/http. It is known by its name, since that package links a logger and
// more into every app, half a megabyte in all.
func isHTTP(err error, name string) bool {
	t := reflect.TypeOf(err)
	return t != nil && t.Kind() == reflect.Pointer && t.Elem().Name() == name &&
		t.Elem().PkgPath() == "github.com/cloudevents/sdk-go/v2/protocol/http"
}

// findHTTP finds such an error among those that err wraps, in the order of
// [errors.As]; nil if there is none.
func findHTTP(err error, name string) error {
	if err == nil || isHTTP(err, name) {
		return err
	}
	switch wraps := err.(type) { //nolint:errorlint // it unwraps
	case interface{ Unwrap() error }:
		return findHTTP(wraps.Unwrap(), name)
	case interface{ Unwrap() []error }:
		for _, one := range wraps.Unwrap() {
			if found := findHTTP(one, name); found != nil {
				return found
			}
		}
	}
	return nil
}

// failed judges the error of a function: what the caller sees of it, and whether
// another attempt may help. Only the text of a [functions.Error] and of an SDK
// result is meant for the caller. It panics if a method of err does.
func (s *step) failed(err error) *failure {
	if isNilPointer(err) { // the well-known slip
		return s.broken(fmt.Errorf("the function answered a nil %T as its error; it must be a plain nil", err))
	}
	p, coded := s.problem(err)
	if _, invalid := functions.ParseHeaders(p.Headers); invalid != nil {
		return s.invalid(&cloudevents.Error{Attribute: functions.AttrHTTPHeaders, Detail: invalid.Error()})
	}
	f := &failure{
		problem:  p,
		definite: coded && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded),
		passing:  !coded || backoff.Transient(p.Status),
	}
	if f.passing {
		f.blame = against
	}
	var remote interface{ Temporary() bool } // a remote step knows better
	if coded && errors.As(err, &remote) {
		f.passing = remote.Temporary()
	}
	return f
}

// problem is what the caller sees of err. coded means that err has a status of
// its own.
func (s *step) problem(err error) (p *functions.Error, coded bool) {
	if own, ok := errors.AsType[*functions.Error](err); ok {
		out := *own // an error may be shared between requests
		out.Status = errorStatus(own.StatusCode())
		switch {
		case err == error(own): //nolint:errorlint // is there anything around it for the log?
		case own.Cause == nil, strings.Contains(err.Error(), own.Cause.Error()):
			out.Cause = err
		default: // the text of err has not that of the cause
			out.Cause = fmt.Errorf("%w: %w", err, own.Cause)
		}
		return &out, true
	}
	if result, ok := sdkResult(err); ok {
		text := fmt.Errorf(result.Format, result.Args...).Error() //nolint:err113 // as the SDK itself formats it
		return newProblem(errorStatus(result.StatusCode), "", text, err), true
	}
	var status interface{ StatusCode() int }
	if errors.As(err, &status) {
		return s.logged(errorStatus(status.StatusCode()), err), true
	}
	return s.logged(http.StatusInternalServerError, err), false
}

func isNilPointer(err error) bool {
	v := reflect.ValueOf(err)
	return v.Kind() == reflect.Pointer && v.IsNil()
}

// errorStatus keeps an error from looking like a success.
func errorStatus(status int) int {
	if status < 400 || status > 599 {
		return http.StatusInternalServerError
	}
	return status
}
