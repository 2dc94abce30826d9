package thumbnail

import (
	"bytes"
	"mime"
	"net/http"
	"strings"

	"github.com/homing-dev/homing/functions"
)

// format is a kind of picture. Its text is what [AttrFormat] carries.
type format string

const (
	formatJPEG format = "jpeg"
	formatPNG  format = "png"
	formatGIF  format = "gif"
	formatWebP format = "webp"
)

func (f format) mediaType() string { return "image/" + string(f) }

// name is how people write the format.
func (f format) name() string {
	if f == formatWebP {
		return "WebP"
	}
	return strings.ToUpper(string(f))
}

// sniff finds the format by the first bytes, or returns a 415.
func sniff(data []byte, declared string) (format, error) {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		return formatJPEG, nil
	case bytes.HasPrefix(data, []byte(pngSignature)):
		return formatPNG, nil
	case bytes.HasPrefix(data, []byte("GIF87a")), bytes.HasPrefix(data, []byte("GIF89a")):
		return formatGIF, nil
	case len(data) >= webpHeaderSize && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP":
		return formatWebP, nil
	}
	hint := ""
	if strings.HasPrefix(declared, "multipart/") {
		hint = "; send the picture itself as the body, not a form"
	}
	return "", functions.Errorf(http.StatusUnsupportedMediaType,
		"the body looks like %s; JPEG, PNG, GIF and WebP are read%s", mediaType(http.DetectContentType(data)), hint)
}

// checkDeclared refuses a body that is declared to be another kind of picture
// than it is. A type that names no image, such as the one that curl sends
// unasked, means nothing for the body and is accepted.
func checkDeclared(contentType string, actual format) error {
	declared := mediaType(contentType)
	if !strings.HasPrefix(declared, "image/") || declared == "image/*" || canonical(declared) == actual.mediaType() {
		return nil
	}
	return functions.Errorf(http.StatusUnprocessableEntity,
		"the body is declared as %s but is a %s; send Content-Type: %s", declared, actual.name(), actual.mediaType())
}

// canonical maps the other names that are in use for the same media type.
func canonical(mediaType string) string {
	switch mediaType {
	case "image/jpg", "image/pjpeg":
		return formatJPEG.mediaType()
	case "image/apng", "image/x-png":
		return formatPNG.mediaType()
	default:
		return mediaType
	}
}

// mediaType returns the type without its parameters, in lower case.
func mediaType(contentType string) string {
	if parsed, _, err := mime.ParseMediaType(contentType); err == nil {
		return parsed
	}
	head, _, _ := strings.Cut(contentType, ";")
	return strings.ToLower(strings.TrimSpace(head))
}
