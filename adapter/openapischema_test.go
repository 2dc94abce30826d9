package adapter_test

import (
	"context"
	"encoding/json"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/homing-dev/homing/functions"
)

type upper struct{ text string }

func (u upper) MarshalJSON() ([]byte, error) { return json.Marshal(strings.ToUpper(u.text)) }

type pair[K, V any] struct {
	Key   K `json:"key"`
	Value V `json:"value"`
}

type label struct {
	Text string `json:"text"`
}

type tree struct {
	label
	*note

	Name   string              `json:"name"`
	Nodes  []tree              `json:"nodes"`
	Parent *tree               `json:"parent,omitempty"`
	Next   *tree               `json:"next"`
	At     time.Time           `json:"at"`
	Zone   *time.Time          `json:"zone,omitzero"`
	Data   []byte              `json:"data,omitempty"`
	Raw    json.RawMessage     `json:"raw,omitempty"`
	Skip   string              `json:"-"`
	Number int64               `json:"number,string"`
	Size   uint8               `json:"size"`
	Tags   map[string]label    `json:"tags,omitempty"`
	ByID   map[int]string      `json:"byid,omitempty"`
	Upper  upper               `json:"upper"`
	Big    *big.Int            `json:"big,omitempty"`
	IP     net.IP              `json:"ip,omitempty"`
	Link   url.URL             `json:"link"`
	Any    any                 `json:"any"`
	Pair   pair[string, label] `json:"pair"`
	Inline struct {
		X float64 `json:"x"`
	} `json:"inline"`
	Num   json.Number `json:"num"`
	Need  string      `json:"need,omitempty" jsonschema:"required,description=what is needed"`
	plain string      //nolint:unused // no member of the schema
}

type note struct {
	Note string `json:"note"`
}

// Problem has the name of a component that is there already.
type Problem struct {
	Odd chan int `json:"-"`
	OK  bool     `json:"ok"`
}

func typedChain[In, Out any](name string) functions.Chain {
	f := functions.Typed(func(context.Context, In) (out Out, err error) { return out, nil })
	c := chain(name, functions.Function(f))
	c.Steps[0].Uses = name
	return functions.Map{name: f}.WithTypes([]functions.Chain{c})[0]
}

func TestOpenAPIHasTheSchemasOfTypedFunctions(t *testing.T) {
	t.Parallel()
	s := serve(t, setup{chains: []functions.Chain{
		typedChain[tree, tree]("tree"), typedChain[struct{}, []label]("list"), typedChain[*Problem, Problem]("problem"),
		typedChain[json.RawMessage, map[string]*label]("raw"), typedChain[upper, int]("scalar"),
	}})
	got := s.do(http.MethodGet, "/openapi.json", "")
	var doc struct {
		Paths map[string]struct {
			Post struct {
				RequestBody struct {
					Required bool
					Content  map[string]struct{ Schema json.RawMessage }
				}
				Responses map[string]struct {
					Content map[string]struct{ Schema json.RawMessage }
				}
			}
		}
		Components struct{ Schemas map[string]json.RawMessage }
	}
	if err := json.Unmarshal(got.body, &doc); err != nil {
		t.Fatal(err)
	}
	is := func(what string, got json.RawMessage, want string) {
		t.Helper()
		var g, w any
		_, _ = json.Unmarshal(got, &g), json.Unmarshal([]byte(want), &w)
		if diff := cmp.Diff(w, g); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
	in := func(name string) json.RawMessage {
		return doc.Paths["/"+name].Post.RequestBody.Content["application/json"].Schema
	}
	out := func(name string) json.RawMessage {
		return doc.Paths["/"+name].Post.Responses["200"].Content["application/json"].Schema
	}
	is("tree in", in("tree"), `{"$ref": "#/components/schemas/treeInput"}`)
	is("tree out", out("tree"), `{"$ref": "#/components/schemas/tree"}`)
	is("list in", in("list"), `{"type": "object", "properties": {}}`)
	is("list out", out("list"), `{"type": "array", "items": {"$ref": "#/components/schemas/label"}}`)
	is("problem in", in("problem"), `{"$ref": "#/components/schemas/ProblemInput"}`)
	is("problem out", out("problem"), `{"$ref": "#/components/schemas/adapter_test.Problem"}`)
	is("raw in", in("raw"), `{}`)
	is("raw out", out("raw"), `{"type": "object", "additionalProperties": {"$ref": "#/components/schemas/label"}}`)
	is("scalar in", in("scalar"), `{}`)
	is("scalar out", out("scalar"), `{"type": "integer"}`)
	if doc.Paths["/list"].Post.RequestBody.Required || !doc.Paths["/tree"].Post.RequestBody.Required {
		t.Error("what needs no body must not require one")
	}
	is("label", doc.Components.Schemas["label"], `{"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}`)
	is("tree", doc.Components.Schemas["tree"], wantTree)
	var input struct {
		Required   []string
		Properties map[string]json.RawMessage
	}
	if err := json.Unmarshal(doc.Components.Schemas["treeInput"], &input); err != nil || strings.Join(input.Required, " ") != "need" {
		t.Errorf("got %+v, %v", input, err)
	}
	is("nodes in", input.Properties["nodes"], `{"type": "array", "items": {"$ref": "#/components/schemas/treeInput"}}`)
}

const wantTree = `{"type": "object", "properties": {
	"text": {"type": "string"}, "note": {"type": "string"}, "name": {"type": "string"},
	"nodes": {"anyOf": [{"type": "array", "items": {"$ref": "#/components/schemas/tree"}}, {"type": "null"}]},
	"parent": {"$ref": "#/components/schemas/tree"}, "next": {"anyOf": [{"$ref": "#/components/schemas/tree"}, {"type": "null"}]},
	"at": {"type": "string", "format": "date-time"}, "zone": {"type": "string", "format": "date-time"},
	"data": {"type": "string", "contentEncoding": "base64"}, "raw": true, "number": {"type": "string"},
	"size": {"type": "integer", "minimum": 0}, "tags": {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/label"}},
	"byid": {"type": "object", "patternProperties": {"^-?[0-9]+$": {"type": "string"}}, "additionalProperties": false},
	"upper": true, "big": true, "ip": {"type": "string"}, "link": true, "any": true,
	"pair": {"$ref": "#/components/schemas/pair_string_label"},
	"inline": {"type": "object", "properties": {"x": {"type": "number"}}, "required": ["x"]},
	"num": {"type": "number"}, "need": {"type": "string", "description": "what is needed"}},
	"required": ["text", "name", "nodes", "next", "at", "number", "size", "upper", "link", "any", "pair", "inline", "num"]}`
