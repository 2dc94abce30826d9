package adapter

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// fixedAPI is the part of the OpenAPI 3.0 document that is the same for all
// chains.
//
//go:embed openapi.json
var fixedAPI []byte

// obj is a JSON object of the document.
type obj = map[string]any

// openAPI returns the OpenAPI document of the routes.
func openAPI(routes []*route, secured bool) ([]byte, error) {
	var doc struct {
		OpenAPI    string         `json:"openapi"`
		Info       obj            `json:"info"`
		Security   []any          `json:"security,omitempty"`
		Paths      map[string]obj `json:"paths"`
		Components map[string]obj `json:"components"`
	}
	if err := json.Unmarshal(fixedAPI, &doc); err != nil {
		return nil, err
	}
	eventTypes := make([]string, 0, len(routes))
	for _, rt := range routes {
		path := strings.ReplaceAll(rt.chain.Path, "...}", "}")
		if doc.Paths[path] == nil {
			doc.Paths[path] = obj{}
		}
		doc.Paths[path][strings.ToLower(rt.chain.Method)] = rt.operation()
		eventTypes = append(eventTypes, rt.chain.Type)
	}
	doc.Components["schemas"]["EventType"] = obj{"type": "string", "enum": eventTypes}
	if secured {
		doc.Components["securitySchemes"] = obj{"token": obj{"type": "http", "scheme": "bearer"}}
		doc.Security = []any{obj{"token": []any{}}}
	}
	return json.MarshalIndent(doc, "", "  ")
}

// operation returns the operation that calls the chain.
func (rt *route) operation() obj {
	c := &rt.chain
	responses := obj{"200": obj{"description": "The result of the last step.", "content": media(c.Produces)}}
	for _, status := range []int{202, 204, 400, 401, 403, 413, 422, 429, 500, 503, 504} {
		code := strconv.Itoa(status)
		responses[code] = obj{"$ref": "#/components/responses/" + code}
	}
	steps := make([]string, 0, len(c.Steps))
	for _, s := range c.Steps {
		steps = append(steps, s.Name)
	}
	op := obj{
		"operationId": c.Name, "summary": cmp.Or(c.Description, "Runs the chain "+c.Name),
		"parameters": rt.parameters(), "responses": responses,
		"x-homing-steps": steps, "x-homing-type": c.Type,
	}
	if c.Method != http.MethodGet && c.Method != http.MethodHead && c.Method != http.MethodDelete {
		op["requestBody"] = obj{"required": true, "content": media(c.Consumes)}
	}
	return op
}

// parameters returns the wildcards of the route, what its callers may ask for,
// and what the chain declares.
func (rt *route) parameters() []any {
	text := obj{"type": "string"}
	params := []any{}
	for segment := range strings.SplitSeq(rt.chain.Path, "/") {
		name, ok := strings.CutPrefix(segment, "{")
		name = strings.TrimSuffix(strings.TrimSuffix(name, "}"), "...")
		if ok && name != "$" {
			params = append(params, obj{"name": name, "in": "path", "required": true, "schema": text})
		}
	}
	header := func(name, description string) {
		params = append(params, obj{"name": name, "in": "header", "description": description, "schema": text})
	}
	header("Prefer", "respond-async: answer 202 at once; wait=N: answer 202 if the reply is not there within N seconds (RFC 7240).")
	header("Idempotency-Key", "The same key again joins the running call or gets its stored reply.")
	for _, q := range rt.chain.Query {
		params = append(params, obj{
			"name": q.Name, "in": "query", "description": q.Description, "required": q.Required,
			"schema": obj{"type": cmp.Or(q.Type, "string")},
		})
	}
	for _, h := range rt.chain.Headers {
		switch http.CanonicalHeaderKey(h) {
		case "Accept", "Content-Type", "Authorization": // OpenAPI has other places for these
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
	doc := a.openapi
	if base := a.linkBase(r); base != "" {
		servers := "{\"servers\": [{\"url\": " + strconv.Quote(base) + "}]," // a base path is ASCII
		doc = append([]byte(servers), bytes.TrimPrefix(doc, []byte("{"))...)
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(doc) // a client that is gone needs no answer
}
