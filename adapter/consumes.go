package adapter

import (
	"net/http"
	"strings"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/accept"
)

// mediaTypes returns the media types of a list without their parameters.
func mediaTypes(list []string) accept.Ranges {
	names := make([]string, 0, len(list))
	for _, one := range list {
		name, _, _ := strings.Cut(one, ";")
		names = append(names, strings.TrimSpace(name))
	}
	return accept.Parse(names)
}

// takes returns why a chain does not take data of a type, with what it takes (RFC
// 9110 section 15.5.16), or nil.
func (rt *route) takes(contentType string) error {
	if len(rt.consumes) == 0 {
		return nil
	}
	name, _, _ := strings.Cut(contentType, ";")
	if name = strings.ToLower(strings.TrimSpace(name)); rt.consumes.Quality(name) > 0 {
		return nil
	}
	list := strings.Join(rt.chain.Consumes, ", ")
	p := functions.Errorf(http.StatusUnsupportedMediaType, "header Content-Type: chain %s takes %s, and not %.100q", rt.chain.Name, list, name)
	functions.SetHeader(p, "Accept", list)
	switch rt.chain.Method {
	case http.MethodPost:
		functions.SetHeader(p, "Accept-Post", list)
	case http.MethodPatch:
		functions.SetHeader(p, "Accept-Patch", list)
	}
	return p
}

// checkType checks the type of the body of r, before that is read.
func (rt *route) checkType(r *http.Request) error {
	if len(rt.consumes) == 0 || r.ContentLength == 0 || r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	contentType := octetStream
	if sent := r.Header["Content-Type"]; len(sent) > 0 && sent[0] != "" {
		contentType = sent[0]
	}
	return rt.takes(contentType)
}
