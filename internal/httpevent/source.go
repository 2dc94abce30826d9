package httpevent

import "strings"

// Source is the service that created an HTTP event, and the form that it uses.
type Source int

// The sources of HTTP events. The zero value is not one.
const (
	// None is any payload that is not an HTTP event.
	None Source = iota
	// HTTPAPI is an API Gateway HTTP API with payload format 2.0.
	HTTPAPI
	// HTTPAPIv1 is an API Gateway HTTP API with payload format 1.0.
	HTTPAPIv1
	// REST is an API Gateway REST API.
	REST
	// URL is a Lambda function URL.
	URL
	// ALB is an Application Load Balancer whose target group has multi-value
	// headers turned off, which is its default.
	ALB
	// ALBMulti is the same with multi-value headers turned on.
	ALBMulti
)

// String returns a short name: httpapi, httpapi1, rest, url, alb, albmulti or
// none.
func (s Source) String() string {
	switch s {
	case HTTPAPI:
		return "httpapi"
	case HTTPAPIv1:
		return "httpapi1"
	case REST:
		return "rest"
	case URL:
		return "url"
	case ALB:
		return "alb"
	case ALBMulti:
		return "albmulti"
	case None:
	}
	return "none"
}

// Format2 reports whether the source uses payload format 2.0.
func (s Source) Format2() bool { return s == HTTPAPI || s == URL }

// LoadBalancer reports whether the source is a load balancer.
func (s Source) LoadBalancer() bool { return s == ALB || s == ALBMulti }

// multiValue reports whether an answer to the source has its headers in
// multiValueHeaders.
func (s Source) multiValue() bool { return s == HTTPAPIv1 || s == REST || s == ALBMulti }

// decodesPath reports whether the events of the source have the path without its
// percent-encoding.
func (s Source) decodesPath() bool { return s == HTTPAPI || s == HTTPAPIv1 }

// urlDomain is in the domain name of every function URL, and in no other.
const urlDomain = ".lambda-url."

// The values of an event's version.
const (
	version1 = "1.0"
	version2 = "2.0"
)

// Detect returns the source of a payload, or [None]. It reads only the names
// at the top and in requestContext, and skips every value. [Decode] finds the
// same out on its way: who will decode a payload need not detect it first.
func Detect(payload []byte) Source {
	var f fields
	if err := f.read(payload, false); err != nil {
		return None
	}
	return f.source()
}

// source finds the source by what only its events have.
func (f *fields) source() Source {
	switch {
	case f.authorizes: // asked whether a request may pass, not to answer it
		return None
	case f.elb && f.method != "":
		if f.multiHeaders != nil {
			return ALBMulti
		}
		return ALB
	case f.version == version2 && f.http:
		if strings.Contains(f.domain, urlDomain) {
			return URL
		}
		return HTTPAPI
	case f.method == "" || !f.context:
		return None
	case f.version == version1:
		return HTTPAPIv1
	case f.version == "" && f.resource:
		return REST
	default:
		return None
	}
}
