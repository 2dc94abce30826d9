package vertex

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"

	"github.com/cloudevents/sdk-go/v2/protocol"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/backoff"
)

// acknowledges reports whether an error is none: the CloudEvents SDK returns its
// results as errors, and ResultACK or a 2xx result means that the event was
// handled. The event beside it, if any, goes on; else there is none.
func acknowledges(err error) bool {
	if isNilPointer(err) { // its methods must not be called
		switch err.(type) { //nolint:errorlint // a nil pointer wraps nothing
		case *protocol.Receipt, *cehttp.Result, *cehttp.RetriesResult:
			return true // by the SDK's own rule
		default:
			return false
		}
	}
	if _, ok := errors.AsType[*functions.Error](err); ok {
		return false
	}
	if result, ok := sdkResult(err); ok {
		return result == nil || result.StatusCode >= 200 && result.StatusCode <= 299
	}
	return protocol.IsACK(err)
}

// sdkResult finds the HTTP result of the CloudEvents SDK. Its RetriesResult, the
// result of a client, does not unwrap.
func sdkResult(err error) (*cehttp.Result, bool) {
	var retries *cehttp.RetriesResult
	if errors.As(err, &retries) && retries != nil {
		err = retries.Result
	}
	var result *cehttp.Result
	ok := errors.As(err, &result)
	return result, ok
}

// failed judges the error of a function: what the caller sees of it, and whether
// another attempt may help. Only the text of a [functions.Error] and of an SDK
// result is meant for the caller. It panics if a method of err does.
func (s *step) failed(err error) *failure {
	if isNilPointer(err) { // the well-known slip
		return s.broken(fmt.Errorf("the function answered a nil %T as its error; it must be a plain nil", err))
	}
	p, coded := s.problem(err)
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
