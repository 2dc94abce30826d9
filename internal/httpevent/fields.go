package httpevent

import (
	"errors"
)

// ErrNotHTTP means that a payload is not the event of an HTTP request.
var ErrNotHTTP = errors.New("the payload is not an HTTP event of API Gateway, a function URL or a load balancer")

// fields are what is read of an event. Maps are kept as JSON until the source
// is known, which decides how to read them; they share the payload's memory, and
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
	parameters   []byte
	routeKey     string
	resourcePath string
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
	outward   string // the path as the client has it

	authorizer []byte // what it has found out, as JSON
	userARN    string // who has signed the call, in format 1.0
	parts      int    // of what a verdict is read from; see part
	twice      bool   // one of them is there twice
}

// The parts of an event that a verdict is read from.
const (
	partContext = 1 << iota
	partAuthorizer
	partIdentity
	partUser
)

// part notes that a part is there.
func (f *fields) part(one int) {
	f.twice = f.twice || f.parts&one != 0
	f.parts |= one
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
	switch string(name) {
	case "version":
		return f.optional(&f.version)
	case "httpMethod":
		return f.optional(&f.method)
	case "multiValueHeaders":
		return f.raw(&f.multiHeaders)
	case "requestContext":
		f.part(partContext)
		if f.Peek() == '{' { // else it is some other event
			f.context = true
			return f.object(func(name []byte) error { return in(name, f.contextMember(name)) })
		}
		f.context = false
	case "resource":
		f.resource = true
		if all {
			return f.optional(&f.resourcePath)
		}
	case "methodArn", "routeArn":
		f.authorizes = true
	default:
		if all {
			return f.content(name)
		}
	}
	return f.skip()
}

// content reads what has no part in detecting the source.
func (f *fields) content(name []byte) error {
	switch string(name) {
	case "rawPath", "path":
		return f.copy(&f.path)
	case "rawQueryString":
		return f.copy(&f.rawQuery)
	case "headers":
		return f.raw(&f.headers)
	case "queryStringParameters":
		return f.raw(&f.query)
	case "multiValueQueryStringParameters":
		return f.raw(&f.multiQuery)
	case "cookies":
		return f.raw(&f.cookies)
	case "pathParameters":
		return f.raw(&f.parameters)
	case "routeKey":
		return f.optional(&f.routeKey)
	case "body":
		return f.share(&f.body)
	case "isBase64Encoded":
		return f.truth(&f.base64)
	default:
		return f.skip()
	}
}

// contextMember reads the value of a name in requestContext.
func (f *fields) contextMember(name []byte) error {
	switch string(name) {
	case "elb":
		f.elb = true
	case "authorizer":
		f.part(partAuthorizer)
		return f.raw(&f.authorizer)
	case "http", "identity":
		read := f.detail
		if string(name) == "identity" {
			f.part(partIdentity)
			read = f.caller
		}
		if f.Peek() == '{' {
			f.http = f.http || string(name) == "http"
			return f.object(read)
		}
	case "protocol":
		return f.optional(&f.protocol)
	case "stage":
		return f.optional(&f.stage)
	case "requestId":
		return f.optional(&f.requestID)
	case "domainName":
		return f.optional(&f.domain)
	case "path":
		return f.optional(&f.outward)
	}
	return f.skip()
}

// detail reads the value of a name in requestContext.http or
// requestContext.identity.
func (f *fields) detail(name []byte) error {
	switch string(name) {
	case "method":
		return f.optional(&f.method)
	case "protocol":
		return f.optional(&f.protocol)
	case "sourceIp":
		return f.optional(&f.sourceIP)
	default:
		return f.skip()
	}
}

// caller reads the value of a name in requestContext.identity.
func (f *fields) caller(name []byte) error {
	if string(name) != "userArn" {
		return f.detail(name)
	}
	f.part(partUser)
	return f.optional(&f.userARN)
}
