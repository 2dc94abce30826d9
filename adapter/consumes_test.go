package adapter_test

import (
	"net/http"
	"testing"

	"github.com/homing-dev/homing/functions"
)

func TestABodyOfAnotherTypeIsRefused(t *testing.T) {
	t.Parallel()
	photo, patch, any := chain("photo", echo), chain("patch", echo), chain("any", echo)
	photo.Consumes = []string{"image/*", "application/json; charset=utf-8"}
	patch.Consumes, patch.Method = []string{"application/merge-patch+json"}, http.MethodPatch
	s := serve(t, setup{chains: []functions.Chain{photo, patch, any}})
	for name, tt := range map[string]struct {
		path, contentType, body string
		status                  int
	}{
		"listed":             {"/photo", "application/json", "1", 200},
		"with parameters":    {"/photo", "Application/JSON ; charset=latin1", "1", 200},
		"in a range":         {"/photo", "image/png", "1", 200},
		"text":               {"/photo", "text/plain", "1", 415},
		"form":               {"/photo", "application/x-www-form-urlencoded", "1", 415},
		"upload":             {"/photo", "multipart/form-data; boundary=x", "1", 415},
		"narrower":           {"/photo", "application/json+x", "1", 415},
		"wildcard":           {"/photo", "*/*", "1", 415},
		"none":               {"/photo", "", "1", 415},
		"none without body":  {"/photo", "", "", 200},
		"other without body": {"/photo", "text/plain", "", 200},
		"everything":         {"/any", "text/plain", "1", 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := s.do("POST", tt.path, tt.body, "Content-Type", tt.contentType)
			if got.status != tt.status {
				t.Fatalf("status %d, want %d; %s", got.status, tt.status, got.body)
			}
			if tt.status != http.StatusUnsupportedMediaType {
				return
			}
			got.problem(t, tt.status)
			const takes = "image/*, application/json; charset=utf-8"
			if got.header.Get("Accept") != takes || got.header.Get("Accept-Post") != takes || got.header.Get("Accept-Patch") != "" {
				t.Errorf("header %v", got.header)
			}
		})
	}
	got := s.do("PATCH", "/patch", "1", "Content-Type", "application/json")
	got.problem(t, http.StatusUnsupportedMediaType)
	if got.header.Get("Accept-Patch") != "application/merge-patch+json" || got.header.Get("Accept-Post") != "" {
		t.Errorf("header %v", got.header)
	}
}

func TestTheDataOfAnEventIsOfATypeThatTheChainConsumes(t *testing.T) {
	t.Parallel()
	c := chain("json", echo)
	c.Consumes = []string{"application/json"}
	s := serve(t, setup{chains: []functions.Chain{c}})
	for contentType, status := range map[string]int{"application/json": 200, "text/plain": 415} {
		if got := s.do("POST", "/events", "1", "Content-Type", contentType, "Ce-Specversion", "1.0", "Ce-Id", "1", "Ce-Source", "/s",
			"Ce-Type", "homing.json"); got.status != status {
			t.Errorf("%s: %d %s", contentType, got.status, got.body)
		}
	}
	const event = `{"specversion":"1.0","id":"1","source":"/s","type":"homing.json"`
	for data, status := range map[string]int{`,"data":1}`: 200, `}`: 200, `,"datacontenttype":"text/plain","data":"x"}`: 415} {
		if got := s.do("POST", "/events", event+data, "Content-Type", "application/cloudevents+json"); got.status != status {
			t.Errorf("%s: %d %s", data, got.status, got.body)
		}
	}
}
