package functions

import (
	"bytes"
	"errors"
	"maps"
	"math"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/cloudevents/sdk-go/v2/event"
)

// Form reads the data of an event that is a form: multipart/form-data, with fields
// in Value and files in File, or application/x-www-form-urlencoded, which has no
// files. All of it is in memory, so the chain's maxBody bounds it; a form has at most
// 1000 parts.
//
// The error is an [*Error]: 415 for data of another type, 400 for a form that cannot
// be read, 413 for one of too many parts, 422 with the pointers of fields that are
// not UTF-8. A field that is missing is for the function to refuse, by [Invalid].
func Form(ev event.Event) (*multipart.Form, error) {
	media, params, err := mime.ParseMediaType(ev.DataContentType())
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) {
		media = ""
	}
	var form *multipart.Form
	switch media {
	case "application/x-www-form-urlencoded":
		var values url.Values
		values, err = url.ParseQuery(string(ev.Data()))
		form = &multipart.Form{Value: values, File: map[string][]*multipart.FileHeader{}}
	case "multipart/form-data":
		if err == nil && params["boundary"] == "" {
			err = http.ErrMissingBoundary
		}
		if err == nil { // no file goes to the disk: it is in memory already
			form, err = multipart.NewReader(bytes.NewReader(ev.Data()), params["boundary"]).ReadForm(math.MaxInt64)
		}
	default:
		return nil, Errorf(http.StatusUnsupportedMediaType,
			"the body is no form; send it as multipart/form-data or application/x-www-form-urlencoded")
	}
	switch {
	case errors.Is(err, multipart.ErrMessageTooLarge):
		return nil, Errorf(http.StatusRequestEntityTooLarge, "the form has too many parts, or too long headers of parts")
	case err != nil:
		return nil, &Error{Cause: err, Problem: Problem{
			Status: http.StatusBadRequest,
			Detail: "the body is not the form that its Content-Type says: " + strings.TrimPrefix(err.Error(), "multipart: "),
		}}
	}
	return form, checkFields(form.Value)
}

// checkFields reports the fields that are not UTF-8. What is left of a form in
// another character set would reach the next step as other text.
func checkFields(fields map[string][]string) error {
	var wrong []FieldError
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		isOther := func(s string) bool { return !utf8.ValidString(s) }
		if isOther(name) || slices.ContainsFunc(fields[name], isOther) {
			wrong = append(wrong, FieldError{
				Pointer: "#/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(strings.ToValidUTF8(name, "\ufffd")),
				Detail:  "must be UTF-8",
			})
		}
	}
	if len(wrong) > 0 {
		return Invalid(wrong...)
	}
	return nil
}
