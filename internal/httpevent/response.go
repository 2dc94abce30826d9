package httpevent

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
)

// Answer is the HTTP response that a service makes of what a function answers.
type Answer struct {
	Status int
	// Header is what the function has set. A service adds a few of its own,
	// and a Content-Type where there is none.
	Header http.Header
	Body   []byte
}

// answerFields is a function's answer as it was read; nil stands for what is
// not there.
type answerFields struct {
	scanner

	status                       string
	headers, multiHeaders, pairs []byte
	body                         []byte
	base64                       bool
}

// DecodeResponse reads what a function answered to an event of src, as the
// service would. Formats 2.0 takes JSON that has no statusCode for the body of
// a response with status 200 and type application/json. Any other nonsense is
// an error, for which the service answers 502 or, if it is an HTTP API, 500
// with {"message":"Internal Server Error"}.
func DecodeResponse(payload []byte, src Source) (Answer, error) {
	var f answerFields
	if err := f.start(payload); err != nil {
		return Answer{}, answerError(err)
	}
	if src.Format2() && f.Peek() != '{' {
		err := f.skip()
		if err == nil {
			err = f.End()
		}
		if err != nil {
			return Answer{}, answerError(explained(err))
		}
		return inferred(payload), nil
	}
	if err := f.document(f.member); err != nil {
		return Answer{}, answerError(err)
	}
	if f.status == "" {
		if src.Format2() {
			return inferred(payload), nil
		}
		return Answer{}, errors.New("the function's answer has no statusCode")
	}
	answer, err := f.answer(src)
	if err != nil {
		return Answer{}, answerError(err)
	}
	return answer, nil
}

func answerError(err error) error { return fmt.Errorf("the function's answer: %w", err) }

// inferred is the answer whose body is the function's result.
func inferred(payload []byte) Answer {
	return Answer{
		Status: http.StatusOK,
		Header: http.Header{"Content-Type": {"application/json"}},
		Body:   slices.Clone(payload),
	}
}

func (f *answerFields) member(name []byte) error {
	var err error
	switch string(name) {
	case "statusCode":
		var status []byte
		status, err = f.scalar()
		f.status = string(status)
	case "headers":
		f.headers, err = f.raw()
	case "multiValueHeaders":
		f.multiHeaders, err = f.raw()
	case "cookies":
		f.pairs, err = f.raw()
	case "body":
		f.body, err = f.text()
	case "isBase64Encoded":
		f.base64, err = f.truth()
	default:
		err = f.skip()
	}
	return err
}

// answer makes the response.
func (f *answerFields) answer(src Source) (Answer, error) {
	status, err := strconv.Atoi(f.status)
	if err != nil || status < 200 || status > 599 {
		return Answer{}, fmt.Errorf("the statusCode %.20q is not from 200 to 599", f.status)
	}
	header, err := f.header(src)
	if err != nil {
		return Answer{}, err
	}
	body := f.body
	if f.base64 {
		if body, err = base64.StdEncoding.DecodeString(string(f.body)); err != nil {
			return Answer{}, fmt.Errorf("the body is not base64: %w", err)
		}
	}
	return Answer{Status: status, Header: header, Body: slices.Clone(body)}, nil
}

// header reads the header where src looks for it.
func (f *answerFields) header(src Source) (http.Header, error) {
	header := http.Header{}
	if f.headers != nil && src != ALBMulti {
		if err := f.each(f.headers, f.scalar, headerAdder(header)); err != nil {
			return nil, in([]byte("headers"), err)
		}
	}
	if f.multiHeaders != nil && src.multiValue() {
		multi := http.Header{}
		if err := f.eachOf(f.multiHeaders, f.scalar, headerAdder(multi)); err != nil {
			return nil, in([]byte("multiValueHeaders"), err)
		}
		merge(header, multi)
	}
	if f.pairs != nil && src.Format2() {
		f.reset(f.pairs)
		err := f.array(func() error {
			cookie, err := f.text()
			if err != nil {
				return err
			}
			return headerAdder(header)([]byte(setCookie), cookie)
		})
		if err != nil {
			return nil, in([]byte("cookies"), err)
		}
	}
	return header, nil
}

// merge adds the values of multi. What stands in both counts once.
func merge(header, multi http.Header) {
	for name, values := range multi {
		for _, old := range header[name] {
			if !slices.Contains(values, old) {
				values = append([]string{old}, values...)
			}
		}
		header[name] = values
	}
}

// headerAdder adds to a header what can stand in one.
func headerAdder(header http.Header) func(name, value []byte) error {
	return func(name, value []byte) error {
		if !isToken(string(name)) || !isFieldValue(value) {
			return fmt.Errorf("%.40q is not a header, or its value has a control character", name)
		}
		header.Add(string(name), string(value))
		return nil
	}
}
