package knative_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestBugAnswersOfAVertexLackedNosniff(t *testing.T) {
	t.Parallel()
	p := start(t, vertexOf(""), letters())
	for name, got := range map[string]answer{
		"result":    p.give(request("letters.a,")),
		"problem":   p.give(request("letters.z,")),
		"direct":    do(t, http.MethodPost, p.url, "x", "Ce-Specversion", "1.0", "Ce-Id", "1", "Ce-Source", "/", "Ce-Type", "homing.letters"),
		"no event":  do(t, http.MethodPost, p.url, "x"),
		"no route":  do(t, http.MethodGet, p.url+"/none", ""),
		"liveness":  do(t, http.MethodGet, p.url+"/health/liveness", ""),
		"readiness": do(t, http.MethodGet, p.url+"/health/readiness", ""),
		"metrics":   do(t, http.MethodGet, p.url+"/metrics", ""),
	} {
		if nosniff := strings.Join(got.header["X-Content-Type-Options"], "|"); nosniff != "nosniff" || len(got.body) == 0 {
			t.Errorf("%s: X-Content-Type-Options is %q; %d %s", name, nosniff, got.status, got.body)
		}
	}
}
