package coding

import "strings"

// eventStream is the type of server-sent events, each of which is to reach its
// reader at once.
const eventStream = "text/event-stream"

func mediaType(contentType string) string {
	media, _, _ := strings.Cut(contentType, ";")
	return strings.ToLower(strings.Trim(media, " \t"))
}

// IsCompressible reports whether bodies of a type become smaller by a coding:
// texts, and what has none of its own.
func IsCompressible(contentType string) bool {
	media := mediaType(contentType)
	if strings.HasPrefix(media, "text/") {
		return true
	}
	for _, suffix := range []string{"+json", "+xml", "+yaml", "+cbor", "+json-seq", "+text"} {
		if strings.HasSuffix(media, suffix) {
			return true
		}
	}
	switch media {
	case "application/json", "application/xml", "application/javascript", "application/ecmascript", "application/x-javascript",
		"application/yaml", "application/x-yaml", "application/toml", "application/graphql", "application/sql",
		"application/x-ndjson", "application/ndjson", "application/jsonl", "application/json-seq", "application/json5",
		"application/x-www-form-urlencoded", "application/wasm", "application/rtf", "application/cbor",
		"application/protobuf", "application/x-protobuf", "application/msgpack", "application/x-msgpack",
		"image/bmp", "image/x-icon", "image/vnd.microsoft.icon", "font/ttf", "font/otf", "font/collection":
		return true
	default:
		return false
	}
}
