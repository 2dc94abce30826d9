package gateway

import "net/http"

// errorResponse is an answer of the gateway itself.
type errorResponse struct {
	status  int
	message string
}

// errorResponses are those of a kind of API.
type errorResponses struct {
	// idHeader carries the id of a request, contentType is what an answer has
	// that names none.
	idHeader, contentType                                                      string
	noRoute, headers, tooLarge, tooMany, throttled, timeout, failed, badAnswer errorResponse
}

func httpResponses() errorResponses {
	unavailable := errorResponse{http.StatusServiceUnavailable, "Service Unavailable"}
	failed := errorResponse{http.StatusInternalServerError, "Internal Server Error"}
	return errorResponses{
		idHeader:    "Apigw-Requestid",
		contentType: "text/plain; charset=utf-8",
		noRoute:     errorResponse{http.StatusNotFound, "Not Found"},
		headers:     errorResponse{http.StatusRequestHeaderFieldsTooLarge, "Request Header Fields Too Large"},
		tooLarge:    errorResponse{http.StatusRequestEntityTooLarge, "Request Too Long"},
		tooMany:     errorResponse{http.StatusTooManyRequests, "Too Many Requests"},
		throttled:   unavailable, // so is what a route's own throttle is not
		timeout:     unavailable,
		failed:      failed,
		badAnswer:   failed,
	}
}

func restResponses() errorResponses {
	r := httpResponses()
	r.idHeader, r.contentType = "X-Amzn-Requestid", "application/json"
	r.noRoute = errorResponse{http.StatusForbidden, "Missing Authentication Token"}
	r.throttled = errorResponse{http.StatusInternalServerError, "Internal server error"}
	r.timeout = errorResponse{http.StatusGatewayTimeout, "Endpoint request timed out"}
	r.failed = errorResponse{http.StatusBadGateway, "Internal server error"}
	r.badAnswer = r.failed
	return r
}
