package gateway

import "net/http"

// word is an answer that a gateway makes itself.
type word struct {
	status  int
	message string
}

// words are those of a kind of API.
type words struct {
	// idHeader carries the id of a request, contentType is what an answer has
	// that names none.
	idHeader, contentType                                                     string
	noRoute, headers, tooLarge, tooMany, throttled, timeout, failed, nonsense word
}

func httpWords() words {
	unavailable := word{http.StatusServiceUnavailable, "Service Unavailable"}
	failed := word{http.StatusInternalServerError, "Internal Server Error"}
	return words{
		idHeader:    "Apigw-Requestid",
		contentType: "text/plain; charset=utf-8",
		noRoute:     word{http.StatusNotFound, "Not Found"},
		headers:     word{http.StatusRequestHeaderFieldsTooLarge, "Request Header Fields Too Large"},
		tooLarge:    word{http.StatusRequestEntityTooLarge, "Request Too Long"},
		tooMany:     word{http.StatusTooManyRequests, "Too Many Requests"},
		throttled:   unavailable, // so is what a route's own throttle is not
		timeout:     unavailable,
		failed:      failed,
		nonsense:    failed,
	}
}

func restWords() words {
	failed := word{http.StatusBadGateway, "Internal server error"}
	return words{
		idHeader:    "X-Amzn-Requestid",
		contentType: "application/json",
		noRoute:     word{http.StatusForbidden, "Missing Authentication Token"},
		headers:     word{http.StatusRequestHeaderFieldsTooLarge, "Request Header Fields Too Large"},
		tooLarge:    word{http.StatusRequestEntityTooLarge, "Request Too Long"},
		tooMany:     word{http.StatusTooManyRequests, "Too Many Requests"},
		throttled:   word{http.StatusInternalServerError, "Internal server error"},
		timeout:     word{http.StatusGatewayTimeout, "Endpoint request timed out"},
		failed:      failed,
		nonsense:    failed,
	}
}
