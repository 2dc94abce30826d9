package adapter

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/homing-dev/homing/functions"
)

// fixedAPI is the part of the OpenAPI 3.1 document that is the same for all
// chains.
//
//go:embed openapi.json
var fixedAPI []byte

// obj is a JSON object of the document.
type obj = map[string]any

// document is an OpenAPI document.
type document struct {
	OpenAPI    string         `json:"openapi"`
	Info       obj            `json:"info"`
	Security   []any          `json:"security"` // empty for none, which a document must say
	Paths      map[string]obj `json:"paths"`
	Components map[string]obj `json:"components"`
}

// openAPI returns the OpenAPI document of the routes. callbacks is true if replies are
// delivered to the URLs that callers name.
func openAPI(routes []*route, secured, callbacks bool) ([]byte, error) {
	var doc document
	if err := json.Unmarshal(fixedAPI, &doc); err != nil {
		return nil, err
	}
	eventTypes := make([]string, 0, len(routes))
	for _, rt := range routes {
		eventTypes = append(eventTypes, rt.chain.Type)
	}
	if err := doc.addRoutes(routes); err != nil {
		return nil, err
	}
	if len(eventTypes) > 0 { // an enum has at least one value
		doc.Components["schemas"]["EventType"].(obj)["enum"] = eventTypes //nolint:forcetypeassert // as in openapi.json
	}
	doc.Security = []any{}
	if secured {
		doc.Components["securitySchemes"] = obj{"token": obj{"type": "http", "scheme": "bearer"}}
		doc.Security = []any{obj{"token": []any{}}}
	}
	doc.describeResponses(secured)
	if callbacks {
		doc.addCallbacks()
	}
	return json.MarshalIndent(doc, "", "  ")
}

// describeResponses adds what the responses have in common.
func (d *document) describeResponses(secured bool) {
	for code, response := range d.Components["responses"] {
		response := response.(obj) //nolint:forcetypeassert // as in openapi.json
		addHeaders(response, ofAnyResult()...)
		if code >= "400" { // and the default
			addHeaders(response, "Retry-After")
			if response["content"] == nil {
				response["content"] = obj{functions.ProblemContentType: obj{"schema": ref("schemas", "Problem")}}
			}
		}
	}
	for _, op := range []any{d.Paths["/events"]["post"], d.Paths["/requests/{id}"]["get"]} {
		responses := op.(obj)["responses"].(obj) //nolint:forcetypeassert // as in openapi.json
		addOutcomes(responses)
	}
	for _, item := range d.Paths {
		for _, op := range item {
			op, _ := op.(obj) // or parameters
			responses, _ := op["responses"].(obj)
			for _, response := range responses {
				if response := response.(obj); response["$ref"] == nil { //nolint:forcetypeassert // as in openapi.json
					addHeaders(response, "Vary")
				}
			}
			if !secured {
				delete(responses, "401")
			}
		}
	}
}

// addCallbacks adds the header for callbacks to all operations that take a key.
func (d *document) addCallbacks() {
	for _, item := range d.Paths {
		for _, op := range item {
			op, _ := op.(obj)
			params, _ := op["parameters"].([]any)
			if slices.ContainsFunc(params, func(p any) bool { return reflect.DeepEqual(p, ref("parameters", "Idempotency-Key")) }) {
				op["parameters"] = append(slices.Clip(params), ref("parameters", callbackHeader))
			}
		}
	}
}

// ofAnyResult are the headers that the result of a chain may have, also if it is
// a failure.
func ofAnyResult() []string {
	return []string{requestIDHeader, "Preference-Applied", "Idempotency-Replayed", "Vary"}
}

func addHeaders(response obj, names ...string) {
	headers, _ := response["headers"].(obj)
	if headers == nil {
		headers = obj{}
		response["headers"] = headers
	}
	for _, name := range names {
		headers[name] = ref("headers", name)
	}
}

// addOutcomes adds what may come of a call beside its result: what the adapter
// answers by itself, and by default what a step has chosen.
func addOutcomes(responses obj) {
	for _, status := range []int{202, 204, 400, 401, 403, 406, 408, 410, 413, 415, 422, 429, statusClientGone, 500, 502, 503, 504} {
		code := strconv.Itoa(status)
		responses[code] = ref("responses", code)
	}
	responses["default"] = ref("responses", "default")
	addHeaders(responses["200"].(obj), ofAnyResult()...) //nolint:forcetypeassert // every operation has one
}

func ref(kind, name string) obj { return obj{"$ref": "#/components/" + kind + "/" + name} }

// operation returns the operation that calls the chain at a path of the document.
func (rt *route) operation(path string, s *schemas) (obj, error) {
	c := &rt.chain
	in, out := dataOf(*c)
	produces, err := s.typedMedia(c.Produces, out, written)
	if err != nil {
		return nil, err
	}
	responses := obj{"200": obj{"description": "The result of the last step.", "content": produces}}
	addOutcomes(responses)
	steps := make([]string, 0, len(c.Steps))
	for _, s := range c.Steps {
		steps = append(steps, s.Name)
	}
	op := obj{
		"operationId": c.Name, "summary": cmp.Or(c.Description, "Runs the chain "+c.Name),
		"parameters": rt.parameters(path), "responses": responses,
		"x-homing-steps": steps, "x-homing-type": c.Type,
	}
	if c.Method != http.MethodGet && c.Method != http.MethodHead && c.Method != http.MethodDelete {
		consumes, err := s.typedMedia(c.Consumes, in, read)
		if err != nil {
			return nil, err
		}
		op["requestBody"] = obj{"required": in != reflect.TypeFor[struct{}](), "content": consumes}
	}
	return op, nil
}

// parameters returns the wildcards of the route, what its callers may ask for,
// and what the chain declares.
func (rt *route) parameters(path string) []any {
	text := obj{"type": "string"}
	params := []any{}
	for segment := range strings.SplitSeq(path, "/") {
		name, ok := strings.CutPrefix(segment, "{")
		name = strings.TrimSuffix(strings.TrimSuffix(name, "}"), "...")
		if ok && name != "$" {
			params = append(params, obj{"name": name, "in": "path", "required": true, "schema": text})
		}
	}
	header := func(name, description string) {
		params = append(params, obj{"name": name, "in": "header", "description": description, "schema": text})
	}
	params = append(params, ref("parameters", "Prefer"), ref("parameters", "Idempotency-Key"))
	for _, q := range rt.chain.Query {
		params = append(params, obj{
			"name": q.Name, "in": "query", "description": q.Description, "required": q.Required,
			"schema": obj{"type": cmp.Or(q.Type, "string")},
		})
	}
	for _, h := range rt.chain.Headers {
		switch http.CanonicalHeaderKey(h) {
		case "Accept", "Content-Type", "Authorization": // OpenAPI has other places for these
		case "Prefer", "Idempotency-Key": // there already
		default:
			header(h, "Reaches the functions of the chain.")
		}
	}
	return params
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

func (a *Adapter) handleOpenAPI(w http.ResponseWriter, r *http.Request, _ string) {
	base := cmp.Or(a.linkBase(r), "/")
	servers := "{\n  \"servers\": [{\"url\": " + strconv.Quote(base) + "}]," // a base path is ASCII
	doc := append([]byte(servers), bytes.TrimPrefix(a.openapi, []byte("{"))...)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(doc)))
	_, _ = w.Write(doc) //nolint:gosec // no page: its type is JSON, and nosniff holds
}
