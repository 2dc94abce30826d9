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
	scanner

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

// read reads the payload. Only if all is true does it read what has no part in
// detecting the source, too.
func (f *fields) read(payload []byte, all bool) error {
	if err := f.start(payload); err != nil {
		return err
	}
	return f.document(func(name []byte) error { return f.member(name, all) })
}

// member reads the value of a name at the top of the event.
func (f *fields) member(name []byte, all bool) error {
	var err error
	switch string(name) {
	case "version":
		f.version, err = f.optional()
	case "httpMethod":
		f.method, err = f.optional()
	case "multiValueHeaders":
		f.multiHeaders, err = f.raw()
	case "requestContext":
		f.context = f.Peek() == '{'
		if !f.context {
			return f.skip() // some other event
		}
		err = f.object(func(name []byte) error { return in(name, f.contextMember(name)) })
	case "resource":
		f.resource = true
		err = f.skip()
	case "methodArn", "routeArn":
		f.authorizes = true
		err = f.skip()
	default:
		if all {
			return f.content(name)
		}
		err = f.skip()
	}
	return err
}

// content reads what tells nothing about the source.
func (f *fields) content(name []byte) error {
	var err error
	switch string(name) {
	case "rawPath", "path":
		f.path, err = f.copied()
	case "rawQueryString":
		f.rawQuery, err = f.copied()
	case "headers":
		f.headers, err = f.raw()
	case "queryStringParameters":
		f.query, err = f.raw()
	case "multiValueQueryStringParameters":
		f.multiQuery, err = f.raw()
	case "cookies":
		f.cookies, err = f.raw()
	case "body":
		f.body, err = f.text()
	case "isBase64Encoded":
		f.base64, err = f.truth()
	default:
		err = f.skip()
	}
	return err
}

// contextMember reads the value of a name in requestContext.
func (f *fields) contextMember(name []byte) error {
	var err error
	switch string(name) {
	case "elb":
		f.elb = true
		err = f.skip()
	case "http", "identity":
		if f.Peek() != '{' {
			return f.skip()
		}
		f.http = f.http || string(name) == "http"
		err = f.object(func(name []byte) error { return f.detail(name) })
	case "protocol":
		f.protocol, err = f.optional()
	case "stage":
		f.stage, err = f.optional()
	case "requestId":
		f.requestID, err = f.optional()
	case "domainName":
		f.domain, err = f.optional()
	default:
		err = f.skip()
	}
	return err
}

// detail reads the value of a name in requestContext.http or
// requestContext.identity.
func (f *fields) detail(name []byte) error {
	var err error
	switch string(name) {
	case "method":
		f.method, err = f.optional()
	case "protocol":
		f.protocol, err = f.optional()
	case "sourceIp":
		f.sourceIP, err = f.optional()
	default:
		err = f.skip()
	}
	return err
}
