package adapter

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/homing-dev/homing/functions"
)

// obj is a JSON object of the OpenAPI document.
type obj = map[string]any

// openAPI makes the OpenAPI 3.0 document of the routes.
func openAPI(routes []*route, secured bool) ([]byte, error) {
	paths := obj{
		"/requests/{id}": requestPaths(),
		"/events":        obj{"post": eventsOperation(routes)},
	}
	for _, rt := range routes {
		path := strings.ReplaceAll(rt.chain.Path, "...}", "}")
		item, ok := paths[path].(obj)
		if !ok {
			item = obj{}
			paths[path] = item
		}
		item[strings.ToLower(rt.chain.Method)] = rt.operation()
	}
	doc := obj{
		"openapi": "3.0.3",
		"info": obj{
			"title":       "Homing",
			"description": "Chains of event functions behind plain HTTP calls. Every failure is application/problem+json (RFC 9457).",
			"version":     "1",
		},
		"paths": paths,
		"components": obj{
			"schemas":   obj{"Problem": problemSchema(), "Accepted": acceptedSchema()},
			"responses": problemResponses(),
		},
	}
	if secured {
		doc["components"].(obj)["securitySchemes"] = obj{"token": obj{"type": "http", "scheme": "bearer"}} //nolint:forcetypeassert // made above
		doc["security"] = []any{obj{"token": []any{}}}
	}
	return json.MarshalIndent(doc, "", "  ")
}

func (rt *route) operation() obj {
	c := rt.chain
	op := obj{
		"operationId": c.Name,
		"summary":     orText(c.Description, "Runs the chain "+c.Name),
		"parameters":  append(pathParams(c.Path), rt.params()...),
		"responses": responses(obj{
			"200": obj{"description": "The result of the last step.", "content": media(c.Produces)},
			"202": acceptedResponse(),
			"204": obj{"description": "A step dropped the event."},
		}, 400, 401, 403, 413, 422, 429, 500, 503, 504), //nolint:mnd // statuses
		"x-homing-steps": stepNames(c),
		"x-homing-type":  c.Type,
	}
	if c.Method != http.MethodGet && c.Method != http.MethodHead && c.Method != http.MethodDelete {
		op["requestBody"] = obj{"required": true, "content": media(c.Consumes)}
	}
	return op
}

func (rt *route) params() []any {
	params := []any{
		header("Prefer", "respond-async: answer 202 at once; wait=N: answer 202 if the reply is not there within N seconds (RFC 7240)."),
		header("Idempotency-Key", "The same key again joins the running call or gets its stored reply."),
	}
	for _, q := range rt.chain.Query {
		params = append(params, obj{
			"name": q.Name, "in": "query", "description": q.Description, "required": q.Required,
			"schema": obj{"type": orText(q.Type, "string")},
		})
	}
	for _, h := range rt.chain.Headers {
		switch http.CanonicalHeaderKey(h) {
		case "Accept", "Content-Type", "Authorization": // OpenAPI has other places for these
		default:
			params = append(params, header(h, "Reaches the functions of the chain."))
		}
	}
	return params
}

// pathParams are the wildcards of a route.
func pathParams(path string) []any {
	params := []any{}
	for segment := range strings.SplitSeq(path, "/") {
		name, ok := strings.CutPrefix(segment, "{")
		if !ok {
			continue
		}
		name = strings.TrimSuffix(strings.TrimSuffix(name, "}"), "...")
		if name == "$" {
			continue
		}
		params = append(params, obj{"name": name, "in": "path", "required": true, "schema": obj{"type": "string"}})
	}
	return params
}

func requestPaths() obj {
	id := []any{obj{
		"name": "id", "in": "path", "required": true, "schema": obj{"type": "string", "format": "uuid"},
		"description": "From the Location of a 202 or 504 answer.",
	}}
	return obj{
		"get": obj{
			"operationId": "fetchReply",
			"summary":     "Fetches the reply of a call, or its progress as server-sent events",
			"parameters": append([]any{
				header("Prefer", "wait=N: hold the answer until the reply is there, for N seconds at most."),
				header("Last-Event-ID", "For text/event-stream: go on behind this event."),
			}, id...),
			"responses": responses(obj{
				"200": obj{"description": "The reply, with the status, type and data of the call.", "content": obj{
					"*/*":             obj{},
					streamContentType: obj{"schema": obj{"type": "string"}},
				}},
				"202": acceptedResponse(),
			}, 400, 401, 404, 410, 429, 503), //nolint:mnd // statuses
		},
		"delete": obj{
			"operationId": "cancel",
			"summary":     "Cancels a call",
			"parameters":  id,
			"responses":   responses(obj{"204": obj{"description": "Cancelled."}}, 401, 404, 409, 410, 503), //nolint:mnd // statuses
		},
	}
}

func eventsOperation(routes []*route) obj {
	types := make([]any, 0, len(routes))
	for _, rt := range routes {
		types = append(types, rt.chain.Type)
	}
	return obj{
		"operationId": "sendEvent",
		"summary":     "Runs the chain of an event's type on a CloudEvent and answers the reply event",
		"description": "CloudEvents 1.0 over HTTP, in binary, structured or batched mode; Accept chooses the mode of the reply.",
		"requestBody": obj{"required": true, "content": obj{
			"application/cloudevents+json": obj{"schema": obj{
				"type":     "object",
				"required": []any{"specversion", "id", "source", "type"},
				"properties": obj{
					"specversion": obj{"type": "string", "enum": []any{"1.0"}},
					"id":          obj{"type": "string"},
					"source":      obj{"type": "string", "format": "uri-reference"},
					"type":        obj{"type": "string", "enum": types},
				},
			}},
			"*/*": obj{},
		}},
		"responses": responses(obj{
			"200": obj{"description": "The reply event.", "content": obj{"application/cloudevents+json": obj{}, "*/*": obj{}}},
			"202": acceptedResponse(),
			"204": obj{"description": "A step dropped the event."},
		}, 400, 401, 403, 404, 406, 413, 415, 422, 429, 500, 503, 504), //nolint:mnd // statuses
	}
}

// responses adds the problems with the given statuses.
func responses(out obj, statuses ...int) obj {
	for _, s := range statuses {
		code := strconv.Itoa(s)
		out[code] = obj{"$ref": "#/components/responses/" + code}
	}
	return out
}

func problemResponses() obj {
	out := obj{}
	for status, text := range map[int]string{
		400: "Malformed request.", 401: "No valid token.", 403: "This token may not call the chain.",
		404: "Never seen.", 406: "A batch is answered by a batch only.", 409: "Already completed.", 410: "Expired or cancelled.",
		413: "Body too large.", 415: "Unknown event format.", 422: "Wrong request, or idempotency key used for another call.",
		429: "Limit reached; see Retry-After.", 500: "A function failed.",
		503: "Shutting down, or the reply store has no room; see Retry-After.",
		504: "Deadline passed; a late reply can be fetched from Location, if that is there.",
	} {
		out[strconv.Itoa(status)] = obj{"description": text, "content": obj{
			functions.ProblemContentType: obj{"schema": obj{"$ref": "#/components/schemas/Problem"}},
		}}
	}
	return out
}

func problemSchema() obj {
	text, number := obj{"type": "string"}, obj{"type": "integer"}
	return obj{
		"type":        "object",
		"description": "RFC 9457",
		"required":    []any{"title", "status"},
		"properties": obj{
			"type": text, "title": text, "status": number, "detail": text,
			"step": text, "attempt": number, "requestid": text,
			"errors": obj{"type": "array", "items": obj{
				"type": "object", "properties": obj{"pointer": text, "detail": text},
			}},
		},
	}
}

func acceptedSchema() obj {
	text := obj{"type": "string"}
	return obj{"type": "object", "properties": obj{"id": text, "state": text, "location": text}}
}

func acceptedResponse() obj {
	return obj{
		"description": "Accepted; fetch the reply from Location.",
		"headers":     obj{"Location": obj{"schema": obj{"type": "string"}}, "Retry-After": obj{"schema": obj{"type": "integer"}}},
		"content":     obj{"application/json": obj{"schema": obj{"$ref": "#/components/schemas/Accepted"}}},
	}
}

func header(name, description string) obj {
	return obj{"name": name, "in": "header", "description": description, "schema": obj{"type": "string"}}
}

func media(types []string) obj {
	if len(types) == 0 {
		return obj{"*/*": obj{}}
	}
	out := obj{}
	for _, t := range types {
		out[t] = obj{}
	}
	return out
}

func stepNames(c functions.Chain) []any {
	names := make([]any, 0, len(c.Steps))
	for _, s := range c.Steps {
		names = append(names, s.Name)
	}
	return names
}

func orText(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func (a *Adapter) handleOpenAPI(w http.ResponseWriter, _ *http.Request, _ string) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(a.openapi) // a client that is gone needs no answer
}
