package gateway

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"

	"github.com/homing-dev/homing/internal/httpevent"
	"github.com/homing-dev/homing/internal/pathmux"
)

// encodeV2 creates an event of payload format 2.0.
func encodeV2(r *http.Request, header http.Header, o EncodeOptions) object {
	headers := map[string]string{}
	for name, values := range lowerCase(header) {
		if name != "cookie" {
			headers[name] = strings.Join(values, ",")
		}
	}
	path := pathmux.Path(r.URL)
	if o.Source == httpevent.HTTPAPI {
		path = decodedPath(r, o.Stage)
	}
	event := object{
		"version":        "2.0",
		"routeKey":       o.RouteKey,
		"rawPath":        path,
		"rawQueryString": r.URL.RawQuery,
		"headers":        headers,
		"requestContext": object{
			"accountId":    o.AccountID,
			"apiId":        o.APIID,
			"domainName":   o.DomainName,
			"domainPrefix": domainPrefix(o.DomainName),
			"http": object{
				"method": r.Method, "path": path, "protocol": cmp.Or(r.Proto, "HTTP/1.1"), "sourceIp": o.SourceIP, "userAgent": r.UserAgent(),
			},
			"requestId": o.RequestID,
			"routeKey":  o.RouteKey,
			"stage":     o.Stage,
			"time":      o.Now.UTC().Format(accessLogTime),
			"timeEpoch": o.Now.UnixMilli(),
		},
	}
	if verdict := o.Verdict.forEvent(true, o.AccountID); verdict != nil {
		event["requestContext"].(object)["authorizer"] = verdict //nolint:forcetypeassert // it is one
	}
	if pairs := cookiePairs(header); len(pairs) > 0 {
		event["cookies"] = pairs
	}
	if query := splitQuery(r.URL.RawQuery, true); len(query) > 0 {
		joined := make(map[string]string, len(query))
		for name, values := range query {
			joined[name] = strings.Join(values, ",")
		}
		event["queryStringParameters"] = joined
	}
	if len(o.PathParameters) > 0 {
		event["pathParameters"] = o.PathParameters
	}
	if len(o.StageVariables) > 0 {
		event["stageVariables"] = o.StageVariables
	}
	return event
}

// encodeV1 creates an event of payload format 1.0: of a REST API, or of an HTTP
// API.
func encodeV1(r *http.Request, header http.Header, o EncodeOptions) object {
	path, stagePath := pathmux.Path(r.URL), "/"+o.Stage+pathmux.Path(r.URL)
	resource := o.RouteKey
	if o.Source == httpevent.HTTPAPIv1 {
		path = decodedPath(r, o.Stage)
		stagePath = path
		if _, route, ok := strings.Cut(o.RouteKey, " "); ok {
			resource = route
		}
	}
	query := splitQuery(r.URL.RawQuery, true)
	event := object{
		"resource":                        resource,
		"path":                            path,
		"httpMethod":                      r.Method,
		"headers":                         lastValues(header),
		"multiValueHeaders":               header,
		"queryStringParameters":           orNull(lastValues(query)),
		"multiValueQueryStringParameters": orNull(query),
		"pathParameters":                  orNull(o.PathParameters),
		"stageVariables":                  orNull(o.StageVariables),
		"requestContext": object{
			"accountId":         o.AccountID,
			"apiId":             o.APIID,
			"domainName":        o.DomainName,
			"domainPrefix":      domainPrefix(o.DomainName),
			"extendedRequestId": o.RequestID,
			"httpMethod":        r.Method,
			"identity":          identity(r, o),
			"path":              stagePath,
			"protocol":          cmp.Or(r.Proto, "HTTP/1.1"),
			"requestId":         o.RequestID,
			"requestTime":       o.Now.UTC().Format(accessLogTime),
			"requestTimeEpoch":  o.Now.UnixMilli(),
			"resourcePath":      resource,
			"stage":             o.Stage,
		},
	}
	if verdict := o.Verdict.forEvent(false, o.AccountID); verdict != nil {
		event["requestContext"].(object)["authorizer"] = verdict //nolint:forcetypeassert // it is one
	}
	if o.Source == httpevent.HTTPAPIv1 {
		event["version"] = "1.0"
	}
	return event
}

// identity is who calls; what is of a signed call is null for others.
func identity(r *http.Request, o EncodeOptions) object {
	who := object{
		"accessKey": nil, "accountId": nil, "caller": nil, "cognitoAuthenticationProvider": nil, "cognitoAuthenticationType": nil,
		"cognitoIdentityId": nil, "cognitoIdentityPoolId": nil, "user": nil, "userArn": nil,
		"sourceIp": o.SourceIP, "userAgent": r.UserAgent(),
	}
	if o.Verdict.UserARN != "" {
		who["userArn"], who["accessKey"] = o.Verdict.UserARN, o.Verdict.AccessKey
		who["accountId"], who["caller"], who["user"] = o.AccountID, localUser, localUser
	}
	return who
}

// encodeALB creates the event of a load balancer.
func encodeALB(r *http.Request, header http.Header, o EncodeOptions) object {
	event := object{
		"httpMethod":     r.Method,
		"path":           pathmux.Path(r.URL),
		"requestContext": object{"elb": object{"targetGroupArn": o.TargetGroupARN}},
	}
	headers, query := lowerCase(header), splitQuery(r.URL.RawQuery, false)
	if o.Source == httpevent.ALBMulti {
		event["multiValueHeaders"] = headers
		event["multiValueQueryStringParameters"] = query
	} else {
		event["headers"] = lastValues(headers)
		event["queryStringParameters"] = lastValues(query)
	}
	return event
}

// decodedPath is the path as an HTTP API has it: behind its stage, decoded,
// and cut off at a question mark that was encoded.
func decodedPath(r *http.Request, stage string) string {
	path, _, _ := strings.Cut(r.URL.Path, "?")
	if stage != defaultRoute {
		path = "/" + stage + path
	}
	return path
}

// cookiePairs takes the cookies of all lines apart.
func cookiePairs(header http.Header) []string {
	var pairs []string
	for _, line := range header["Cookie"] {
		for pair := range strings.SplitSeq(line, ";") {
			if pair = strings.TrimSpace(pair); pair != "" {
				pairs = append(pairs, pair)
			}
		}
	}
	return pairs
}

// splitQuery takes a query apart. A part that is encoded wrongly is left so.
func splitQuery(query string, decode bool) map[string][]string {
	values := map[string][]string{}
	for part := range strings.SplitSeq(query, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		if decode {
			name, value = unescapeQuery(name), unescapeQuery(value)
		}
		values[name] = append(values[name], value)
	}
	return values
}

func unescapeQuery(s string) string {
	if decoded, err := url.QueryUnescape(s); err == nil {
		return decoded
	}
	return s
}

// orNull returns nil for a map without members, which is then written as null.
func orNull[V any](m map[string]V) map[string]V {
	if len(m) == 0 {
		return nil
	}
	return m
}

func domainPrefix(domain string) string {
	prefix, _, _ := strings.Cut(domain, ".")
	return prefix
}
