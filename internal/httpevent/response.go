package httpevent

import (
	"bufio"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
)

// Answer is the HTTP response that a service sends for what a function returns.
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
// a response with status 200 and type application/json. Anything else is an
// error, for which the service responds with 502 or, if it is an HTTP API, 500
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
	switch string(name) {
	case "statusCode":
		status, err := f.scalar()
		f.status = string(status)
		return err
	case "headers":
		return f.raw(&f.headers)
	case "multiValueHeaders":
		return f.raw(&f.multiHeaders)
	case "cookies":
		return f.raw(&f.pairs)
	case "body":
		return f.share(&f.body)
	case "isBase64Encoded":
		return f.truth(&f.base64)
	default:
		return f.skip()
	}
}

// answer creates the response.
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

// maxPrelude is up to which size a prelude is read, in bytes. The headers that
// API Gateway passes on end far below.
const maxPrelude = 64 << 10

// DecodeStream reads the prelude of a streamed answer to an event of src. The
// answer has no body: what the reader still returns is the body, and comes as it
// is written.
func DecodeStream(r io.Reader, src Source) (Answer, io.Reader, error) {
	buffered := bufio.NewReaderSize(r, streamBuffer)
	prelude, err := readPrelude(buffered)
	if err != nil {
		return Answer{}, nil, err
	}
	f := answerFields{status: "200"}
	if err := f.start(prelude); err != nil {
		return Answer{}, nil, preludeError(err)
	}
	if err := f.document(f.member); err != nil {
		return Answer{}, nil, preludeError(err)
	}
	f.body, f.base64 = nil, false
	answer, err := f.answer(src)
	if err != nil {
		return Answer{}, nil, preludeError(err)
	}
	return answer, buffered, nil
}

func preludeError(err error) error {
	return fmt.Errorf("the prelude of the function's answer: %w", err)
}

// readPrelude reads until eight zero bytes, which no JSON contains.
func readPrelude(r *bufio.Reader) ([]byte, error) {
	var prelude []byte
	zeros := 0
	for zeros < preludeEnd {
		c, err := r.ReadByte()
		switch {
		case errors.Is(err, io.EOF):
			return nil, preludeError(fmt.Errorf("it ends after %d bytes without %d zero bytes: %w", len(prelude), preludeEnd, io.ErrUnexpectedEOF))
		case err != nil:
			return nil, preludeError(err)
		case c == 0:
			zeros++
		case zeros > 0:
			return nil, preludeError(fmt.Errorf("it is followed by %d zero bytes, not %d", zeros, preludeEnd))
		case len(prelude) == maxPrelude:
			return nil, preludeError(fmt.Errorf("it is larger than %d bytes", maxPrelude))
		default:
			prelude = append(prelude, c)
		}
	}
	return prelude, nil
}
