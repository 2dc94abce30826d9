package gateway

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/homing-dev/homing/internal/httpevent"
)

// EncodeOptions is what a service knows of a request besides the request.
type EncodeOptions struct {
	// Source is the service that creates the event.
	Source httpevent.Source
	// Stage of the API; "" means "$default", or "prod" for a REST API. Load
	// balancers and function URLs have none of their own.
	Stage string
	// RequestID is what the service calls the request.
	RequestID string
	// SourceIP is the client's address without a port. It is added to
	// X-Forwarded-For; "" adds nothing.
	SourceIP string
	// Now is when the request came.
	Now time.Time
	// AccountID, APIID and DomainName name the API. Their zero values are
	// 123456789012, "local", and the domain that AWS would choose. Of a
	// function URL the domain contains ".lambda-url.".
	AccountID, APIID, DomainName string
	// RouteKey is the route of an HTTP API that matched, such as
	// "GET /orders/{id}"; "" means "$default". Of a REST API it is the
	// resource's path; "" means "/{proxy+}".
	RouteKey string
	// PathParameters are the parts of the path that the route names.
	PathParameters map[string]string
	// StageVariables of the API.
	StageVariables map[string]string
	// TargetGroupARN of a load balancer; "" means some.
	TargetGroupARN string
	// Verdict is that of an authorizer; load balancers have none.
	Verdict Verdict
}

// object is a JSON object to be written.
type object = map[string]any

// accessLogTime is the form of the time in a requestContext.
const accessLogTime = "02/Jan/2006:15:04:05 -0700"

// Encode creates the event of a request, as the service o.Source does. The path
// of r is that without the stage. r is left as it is, and its Body is not read:
// the body is an argument.
//
// What the form of an event cannot carry is lost; the comment of package
// httpevent lists it.
func Encode(r *http.Request, body []byte, o EncodeOptions) ([]byte, error) {
	o = o.withDefaults()
	header := forwarded(r, body, o)
	var event object
	switch o.Source {
	case httpevent.HTTPAPI, httpevent.URL:
		event = encodeV2(r, header, o)
	case httpevent.HTTPAPIv1, httpevent.REST:
		event = encodeV1(r, header, o)
	case httpevent.ALB, httpevent.ALBMulti:
		event = encodeALB(r, header, o)
	case httpevent.None:
	}
	if event == nil {
		return nil, fmt.Errorf("no event can be made for the source %d", o.Source)
	}
	encodeBody(event, r, body, o.Source)
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(event); err != nil {
		return nil, fmt.Errorf("write the event: %w", err)
	}
	return bytes.TrimRight(out.Bytes(), "\n"), nil
}

func (o EncodeOptions) withDefaults() EncodeOptions {
	stage, route, domain := defaultRoute, defaultRoute, ".execute-api.us-east-1.amazonaws.com"
	switch o.Source {
	case httpevent.URL: // it has no routes, and one stage
		o.Stage, o.RouteKey, o.PathParameters, o.StageVariables = "", "", nil, nil
		domain = ".lambda-url.us-east-1.on.aws"
	case httpevent.REST:
		stage, route = "prod", "/{proxy+}"
	case httpevent.HTTPAPI, httpevent.HTTPAPIv1, httpevent.ALB, httpevent.ALBMulti, httpevent.None:
	}
	o.Stage, o.RouteKey = cmp.Or(o.Stage, stage), cmp.Or(o.RouteKey, route)
	o.AccountID = cmp.Or(o.AccountID, localAccount)
	o.APIID = cmp.Or(o.APIID, "local")
	o.DomainName = cmp.Or(o.DomainName, o.APIID+domain)
	o.TargetGroupARN = cmp.Or(o.TargetGroupARN, "arn:aws:elasticloadbalancing:us-east-1:"+o.AccountID+":targetgroup/local/0123456789abcdef")
	return o
}

// forwarded returns the header that reaches the function: with the host, without
// what is for one connection, with the client's address.
func forwarded(r *http.Request, body []byte, o EncodeOptions) http.Header {
	header := maps.Clone(r.Header)
	if header == nil {
		header = http.Header{}
	}
	for name, values := range header {
		if httpevent.IsPerConnection(name) || len(values) == 0 {
			delete(header, name)
		}
	}
	if r.Host != "" {
		header["Host"] = []string{r.Host}
	}
	if len(body) > 0 {
		header["Content-Length"] = []string{strconv.Itoa(len(body))}
	}
	if o.SourceIP != "" {
		chain := slices.Concat(header["X-Forwarded-For"], []string{o.SourceIP})
		header["X-Forwarded-For"] = []string{strings.Join(chain, ", ")}
	}
	return header
}

// encodeBody puts the body into the event: as a string if its type is one that
// the services take for text, else in base64.
func encodeBody(event object, r *http.Request, body []byte, source httpevent.Source) {
	text := isServiceText(r.Header) && utf8.Valid(body)
	event["isBase64Encoded"] = !text && len(body) > 0
	switch {
	case len(body) > 0 && text:
		event["body"] = string(body)
	case len(body) > 0:
		event["body"] = base64.StdEncoding.EncodeToString(body)
	case source.LoadBalancer():
		event["body"] = ""
	case !source.Format2():
		event["body"] = nil
	}
}

// isServiceText reports whether a service takes a body for text. That is less
// than what is text: a form is not.
func isServiceText(header http.Header) bool {
	if header.Get("Content-Encoding") != "" {
		return false
	}
	mediaType, _, _ := strings.Cut(strings.ToLower(header.Get("Content-Type")), ";")
	mediaType = strings.TrimSpace(mediaType)
	switch mediaType {
	case "application/json", "application/javascript", "application/xml":
		return true
	default:
		return strings.HasPrefix(mediaType, "text/")
	}
}

// lastValues keeps one value of each name: the last one.
func lastValues(values map[string][]string) map[string]string {
	last := make(map[string]string, len(values))
	for name, all := range values {
		last[name] = all[len(all)-1]
	}
	return last
}

// lowerCase returns the names as a client of HTTP/2 sends them.
func lowerCase(header http.Header) map[string][]string {
	lower := make(map[string][]string, len(header))
	for name, values := range header {
		lower[strings.ToLower(name)] = values
	}
	return lower
}
