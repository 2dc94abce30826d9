package httpevent

import (
	"errors"
)

// ErrNotHTTP means that a payload is not the event of an HTTP request.
var ErrNotHTTP = errors.New("the payload is not an HTTP event of API Gateway, a function URL or a load balancer")

// fields are what is read of an event. Maps are kept as JSON until the source
// is known, which says how to read them; they share the payload's memory, and
// nil stands for none.
type fields struct {
	version string
	// path is rawPath of format 2.0, or path.
	path         string
	rawQuery     string
	headers      []byte
	multiHeaders []byte
	query        []byte
	multiQuery   []byte
	cookies      []byte
	body         []byte
	base64       bool
	resource     bool // it has one, as the events of REST APIs have
	authorizes   bool // it is for an authorizer

	context   bool // it has a requestContext
	http      bool // … with http in it
	elb       bool // … with elb in it
	method    string
	protocol  string
	sourceIP  string
	stage     string
	requestID string
	domain    string
}

// read reads the payload. Only if all is true does it read what tells nothing
// about the source, too.
func (f *fields) read(payload []byte, all bool) error {
	s, err := newScanner(payload)
	if err != nil {
		return err
	}
	if s.peek() != '{' {
		return errors.New("is not a JSON object")
	}
	err = s.object(func(name []byte) error { return in(name, f.member(&s, name, all)) })
	if err != nil {
		return err
	}
	return s.end()
}

// member reads the value of a name at the top of the event.
func (f *fields) member(s *scanner, name []byte, all bool) error {
	var err error
	switch string(name) {
	case "version":
		f.version, err = f.optional(s)
	case "httpMethod":
		f.method, err = f.optional(s)
	case "multiValueHeaders":
		f.multiHeaders, err = s.raw()
	case "requestContext":
		f.context = s.peek() == '{'
		if !f.context {
			return s.skip() // some other event
		}
		err = s.object(func(name []byte) error { return in(name, f.contextMember(s, name)) })
	case "resource":
		f.resource = true
		err = s.skip()
	case "methodArn", "routeArn":
		f.authorizes = true
		err = s.skip()
	default:
		if all {
			return f.content(s, name)
		}
		err = s.skip()
	}
	return err
}

// content reads what tells nothing about the source.
func (f *fields) content(s *scanner, name []byte) error {
	var err error
	switch string(name) {
	case "rawPath", "path":
		f.path, err = s.textValue()
	case "rawQueryString":
		f.rawQuery, err = s.textValue()
	case "headers":
		f.headers, err = s.raw()
	case "queryStringParameters":
		f.query, err = s.raw()
	case "multiValueQueryStringParameters":
		f.multiQuery, err = s.raw()
	case "cookies":
		f.cookies, err = s.raw()
	case "body":
		f.body, err = s.str()
	case "isBase64Encoded":
		f.base64, err = s.truth()
	default:
		err = s.skip()
	}
	return err
}

// contextMember reads the value of a name in requestContext.
func (f *fields) contextMember(s *scanner, name []byte) error {
	var err error
	switch string(name) {
	case "elb":
		f.elb = true
		err = s.skip()
	case "http", "identity":
		if s.peek() != '{' {
			return s.skip()
		}
		f.http = f.http || string(name) == "http"
		err = s.object(func(name []byte) error { return f.detail(s, name) })
	case "protocol":
		f.protocol, err = f.optional(s)
	case "stage":
		f.stage, err = f.optional(s)
	case "requestId":
		f.requestID, err = f.optional(s)
	case "domainName":
		f.domain, err = f.optional(s)
	default:
		err = s.skip()
	}
	return err
}

// detail reads the value of a name in requestContext.http or
// requestContext.identity.
func (f *fields) detail(s *scanner, name []byte) error {
	var err error
	switch string(name) {
	case "method":
		f.method, err = f.optional(s)
	case "protocol":
		f.protocol, err = f.optional(s)
	case "sourceIp":
		f.sourceIP, err = f.optional(s)
	default:
		err = s.skip()
	}
	return err
}

// optional reads a string that nothing hangs on; anything else counts as none.
func (*fields) optional(s *scanner) (string, error) {
	if s.peek() != '"' {
		return "", s.skip()
	}
	return s.textValue()
}
