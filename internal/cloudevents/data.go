package cloudevents

import (
	"bytes"
	"encoding/base64"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/internal/jsonscan"
)

// readData gives the payload of a JSON event (JSON format section 3.1.2). It
// comes last, as datacontenttype may stand after data.
func (r *eventReader) readData() ([]byte, error) {
	switch {
	case r.base64 != nil && r.data != nil:
		r.member = memberDataBase64
		return nil, faultBoth
	case r.base64 != nil:
		r.member = memberDataBase64
		return decodeBase64(r.base64)
	case r.data == nil:
		return nil, nil
	}
	r.member = memberData
	if r.DataContentType == nil {
		r.contentType = event.ApplicationJSON
		r.DataContentType = &r.contentType
	}
	if isJSON(r.contentType) {
		return r.data, nil
	}
	return decodeText(r.data, r.contentType)
}

// decodeText gives the bytes of data that is a string, as datacontenttype is
// not JSON.
func decodeText(raw []byte, contentType string) ([]byte, error) {
	if raw[0] != '"' {
		return nil, faultDataText
	}
	if _, params := cutMediaType(contentType); !isUTF8(charset(params)) {
		return nil, faultDataCharset
	}
	text, whole := jsonscan.Unquote(raw)
	if !whole {
		return nil, faultSurrogate
	}
	return text, nil
}

// decodeBase64 reads standard base64. Line breaks, which encoding/base64 skips,
// are refused (RFC 4648 section 3.3).
func decodeBase64(text []byte) ([]byte, error) {
	if bytes.ContainsAny(text, "\r\n") {
		return nil, faultBase64
	}
	data := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Decode(data, text)
	if err != nil {
		return nil, faultBase64
	}
	return data[:n], nil
}
