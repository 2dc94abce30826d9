package cloudevents

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ErrUnsupported means that the message is in an event format or a charset
// that this package does not know, or that a batch came where one event is
// expected. The caller responds with 415.
var ErrUnsupported = errors.New("event format not supported")

// Error is what is invalid in a message, or in an event that is to be written.
// For a message that was read the caller responds with 400.
type Error struct {
	// Attribute is the name of the attribute, "data" for the payload, or ""
	// if the message as a whole is invalid.
	Attribute string
	// Header is the HTTP header, in lower case; "" if the fault is not in one.
	Header string
	// Pointer is the JSON Pointer of the member in its URI fragment form (RFC
	// 6901 section 6), such as "#/3/source" in a batch; "" if the fault is not
	// in a JSON document.
	Pointer string
	// Detail describes the fault. It never repeats a value of the message.
	Detail string
}

// Error implements error.
func (e *Error) Error() string {
	switch {
	case e.Header != "":
		return "header " + e.Header + ": " + e.Detail
	case e.Pointer != "":
		return "event at " + e.Pointer + ": " + e.Detail
	case e.Attribute != "":
		return "event attribute " + e.Attribute + ": " + e.Detail
	default:
		return "event: " + e.Detail
	}
}

// faultError is what is invalid about a value, wherever it was found.
type faultError string

func (f faultError) Error() string { return string(f) }

const (
	faultRequired     faultError = "is required"
	faultEmpty        faultError = "must not be empty"
	faultTwice        faultError = "must appear only once"
	faultName         faultError = "an attribute name must consist of the letters a to z and digits"
	faultReserved     faultError = "the name is reserved and cannot be an attribute"
	faultVersion      faultError = `must be "1.0", no other version is supported`
	faultVersion03    faultError = `must be "1.0"; version 0.3 is not supported`
	faultTooMany      faultError = "the event has more attributes than the limit"
	faultTooLong      faultError = "is longer than the limit"
	faultUTF8         faultError = "is not valid UTF-8"
	faultControl      faultError = "must not contain control characters"
	faultNonCharacter faultError = "must not contain code points that Unicode calls noncharacters"
	faultPercent      faultError = "has a percent sign that is not followed by two hexadecimal digits"
	faultQuoted       faultError = "is not a complete quoted string"
	faultURIReference faultError = "must be a URI-reference of RFC 3986"
	faultURI          faultError = "must be an absolute URI of RFC 3986"
	faultTimestamp    faultError = "must be a timestamp of RFC 3339"
	faultMediaType    faultError = "must be a media type of RFC 2046"
	faultContentType  faultError = "must be sent as the Content-Type header"
	faultKind         faultError = "must be a string"
	faultExtension    faultError = "must be a string, a boolean or an integer of 32 bits"
	faultInteger      faultError = "must be an integer from -2147483648 to 2147483647"
	faultBase64       faultError = "must be base64 of RFC 4648 section 4 with padding"
	faultBoth         faultError = "data and data_base64 exclude each other"
	faultDataText     faultError = "must be a string, as datacontenttype is not JSON"
	faultDataCharset  faultError = "cannot be a string in the charset of datacontenttype; send data_base64"
	faultObject       faultError = "must be a JSON object"
	faultArray        faultError = "must be a JSON array"
	faultBatch        faultError = "the batch has more events than the limit"
	faultSyntax       faultError = "is not JSON"
	faultEnd          faultError = "is not JSON: it ends too early"
	faultTrailing     faultError = "has something after the JSON value"
	faultDepth        faultError = "is nested deeper than the limit"
	faultSurrogate    faultError = "has half of a surrogate pair"
	faultContext      faultError = "has no context of version 1.0"
	faultBinaryType   faultError = "the media type of an event format cannot be sent in binary mode"
)

// unsupported adds to [ErrUnsupported] what was asked for.
func unsupported(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrUnsupported, fmt.Sprintf(format, args...))
}

// headerError is a fault of the header of an attribute.
func headerError(attribute string, err error) *Error {
	return &Error{Attribute: attribute, Header: headerPrefix + clip(attribute), Detail: err.Error()}
}

// contentTypeError is a fault of the Content-Type header.
func contentTypeError(err error) *Error {
	return &Error{Attribute: attrDataContentType, Header: "content-type", Detail: err.Error()}
}

// attributeError is a fault of an event that is to be written.
func attributeError(attribute string, err error) *Error {
	return &Error{Attribute: attribute, Detail: err.Error()}
}

// longestName is how much of a name that a message brought along is repeated
// in an error.
const longestName = 64

// clip cuts a text that came with the message.
func clip(s string) string {
	if len(s) <= longestName {
		return s
	}
	return s[:longestName] + "..."
}

// noIndex stands for an event that is not in a batch.
const noIndex = -1

// pointer returns the JSON Pointer in its URI fragment form (RFC 6901 section 6)
// of a member, or of the event itself if the member is "".
func pointer(index int, member string) string {
	var b strings.Builder
	b.WriteByte('#')
	if index != noIndex {
		b.WriteByte('/')
		b.WriteString(strconv.Itoa(index))
	}
	if member == "" {
		return b.String()
	}
	b.WriteByte('/')
	member = strings.ReplaceAll(strings.ReplaceAll(clip(member), "~", "~0"), "/", "~1")
	for i := range len(member) {
		if c := member[i]; isUnreserved(c) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
