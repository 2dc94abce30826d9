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
	s, err := newScanner(payload)
	if err != nil {
		return Answer{}, answerError(err)
	}
	if src.format2() && s.peek() != '{' {
		if err := errors.Join(s.skip(), s.end()); err != nil {
			return Answer{}, answerError(err)
		}
		return inferred(payload), nil
	}
	var f answerFields
	if err := f.read(&s); err != nil {
		return Answer{}, answerError(err)
	}
	if f.status == "" {
		if src.format2() {
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

func (f *answerFields) read(s *scanner) error {
	if s.peek() != '{' {
		return errors.New("is not a JSON object")
	}
	err := s.object(func(name []byte) error { return in(name, f.member(s, name)) })
	if err != nil {
		return err
	}
	return s.end()
}

func (f *answerFields) member(s *scanner, name []byte) error {
	var err error
	switch string(name) {
	case "statusCode":
		f.status, err = s.scalar()
	case "headers":
		f.headers, err = s.raw()
	case "multiValueHeaders":
		f.multiHeaders, err = s.raw()
	case "cookies":
		f.pairs, err = s.raw()
	case "body":
		f.body, err = s.str()
	case "isBase64Encoded":
		f.base64, err = s.truth()
	default:
		err = s.skip()
	}
	return err
}

// scalar reads a string, a number, true or false, and gives its text; "" stands
// for null.
func (s *scanner) scalar() (string, error) {
	switch c := s.peek(); {
	case c == 't', c == 'f':
		truth, err := s.truth()
		return strconv.FormatBool(truth), err
	case c == '-' || isDigit(c):
		return s.number()
	default:
		return s.textValue()
	}
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
		if err := eachScalar(f.headers, headerAdder(header)); err != nil {
			return nil, fmt.Errorf("headers: %w", err)
		}
	}
	if f.multiHeaders != nil && src.multiValue() {
		multi := http.Header{}
		if err := eachScalars(f.multiHeaders, headerAdder(multi)); err != nil {
			return nil, fmt.Errorf("multiValueHeaders: %w", err)
		}
		merge(header, multi)
	}
	if f.pairs != nil && src.format2() {
		s := scanner{text: f.pairs}
		err := s.array(func() error {
			cookie, err := s.textValue()
			if err != nil {
				return err
			}
			return headerAdder(header)(setCookie, cookie)
		})
		if err != nil {
			return nil, fmt.Errorf("cookies: %w", err)
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
func headerAdder(header http.Header) func(name, value string) error {
	return func(name, value string) error {
		if !isToken(name) || !isFieldValue(value) {
			return fmt.Errorf("%.40q is not a header, or its value has a control character", name)
		}
		header.Add(name, value)
		return nil
	}
}

// eachScalar reads an object of strings, numbers and the like.
func eachScalar(object []byte, add func(name, value string) error) error {
	s := scanner{text: object}
	return s.object(func(name []byte) error {
		value, err := s.scalar()
		if err != nil {
			return in(name, err)
		}
		return add(string(name), value)
	})
}

// eachScalars reads an object of arrays of such.
func eachScalars(object []byte, add func(name, value string) error) error {
	s := scanner{text: object}
	return s.object(func(name []byte) error {
		return in(name, s.array(func() error {
			value, err := s.scalar()
			if err != nil {
				return err
			}
			return add(string(name), value)
		}))
	})
}
