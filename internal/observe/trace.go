package observe

import "strings"

// Of the W3C header traceparent, version 00: 00-TRACE-PARENT-FLAGS.
const (
	traceParentLength = 55
	traceBegin        = 3
	traceEnd          = traceBegin + 32
	parentBegin       = traceEnd + 1
	parentEnd         = parentBegin + 16
	noTrace           = "00000000000000000000000000000000"
)

// TraceID returns the id of the trace that a traceparent names, and whether the
// trace is recorded; "" if it names none. A later version may have more behind the
// flags.
func TraceID(traceparent string) (id string, sampled bool) {
	t := traceparent
	if len(t) < traceParentLength || len(t) > traceParentLength && (t[:2] == "00" || t[traceParentLength] != '-') {
		return "", false
	}
	id, flag := t[traceBegin:traceEnd], strings.IndexByte(hex, t[traceParentLength-1])
	valid := isHex(t[:2]) && t[:2] != "ff" && t[2] == '-' && isHex(id) && id != noTrace && t[traceEnd] == '-' &&
		isHex(t[parentBegin:parentEnd]) && t[parentBegin:parentEnd] != noTrace[:parentEnd-parentBegin] && t[parentEnd] == '-' &&
		isHex(t[parentEnd+1:traceParentLength])
	if !valid {
		return "", false
	}
	return id, flag&1 == 1
}

const hex = "0123456789abcdef"

func isHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// TraceIDLabel is the label of exemplars, and the field of the log, that has the id
// of the trace, as OpenTelemetry names it in logs that are not its own.
const TraceIDLabel = "trace_id"
