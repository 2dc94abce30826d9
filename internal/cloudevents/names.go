package cloudevents

import "github.com/homing-dev/homing/functions"

// Names of the context attributes (CloudEvents sections "REQUIRED Attributes"
// and "OPTIONAL Attributes") and of the members that carry data in the JSON
// format.
const (
	attrSpecVersion     = "specversion"
	attrID              = "id"
	attrSource          = "source"
	attrType            = "type"
	attrDataContentType = "datacontenttype"
	attrDataSchema      = "dataschema"
	attrSubject         = "subject"
	attrTime            = "time"

	memberData       = "data"
	memberDataBase64 = "data_base64"
)

// The headers of binary mode in the canonical form of net/http.
const (
	headerPrefix   = "ce-"
	canonicalCE    = "Ce-"
	keyContentType = "Content-Type"
	keySpecVersion = "Ce-Specversion"
	keyID          = "Ce-Id"
	keySource      = "Ce-Source"
	keyType        = "Ce-Type"
	keyDataSchema  = "Ce-Dataschema"
	keySubject     = "Ce-Subject"
	keyTime        = "Ce-Time"
)

const specVersion = "1.0"

// checkName reports whether a name may be that of an attribute: lower-case
// letters and digits, and not the reserved word "data" (CloudEvents section
// "Naming Conventions").
func checkName(name string) error {
	if name == "" {
		return faultName
	}
	for i := range len(name) {
		if c := name[i]; !isDigit(c) && (c < 'a' || c > 'z') {
			return faultName
		}
	}
	if name == memberData {
		return faultReserved
	}
	return nil
}

// intern returns the name in b as a string. Names that come with most events
// cost no memory; the compiler compares without making a string.
func intern(b []byte) string {
	switch string(b) {
	case attrSpecVersion:
		return attrSpecVersion
	case attrID:
		return attrID
	case attrSource:
		return attrSource
	case attrType:
		return attrType
	case attrDataContentType:
		return attrDataContentType
	case attrDataSchema:
		return attrDataSchema
	case attrSubject:
		return attrSubject
	case attrTime:
		return attrTime
	case memberData:
		return memberData
	case memberDataBase64:
		return memberDataBase64
	default:
		return internExtension(b)
	}
}

// internExtension does the same for the extensions of a Homing event.
func internExtension(b []byte) string {
	switch string(b) {
	case functions.AttrCorrelationID:
		return functions.AttrCorrelationID
	case functions.AttrCausationID:
		return functions.AttrCausationID
	case functions.AttrExpiryTime:
		return functions.AttrExpiryTime
	case functions.AttrTraceParent:
		return functions.AttrTraceParent
	case functions.AttrTraceState:
		return functions.AttrTraceState
	case functions.AttrHTTPMethod:
		return functions.AttrHTTPMethod
	case functions.AttrHTTPPath:
		return functions.AttrHTTPPath
	case functions.AttrHTTPRoute:
		return functions.AttrHTTPRoute
	case functions.AttrHTTPQuery:
		return functions.AttrHTTPQuery
	case functions.AttrHTTPStatus:
		return functions.AttrHTTPStatus
	case functions.AttrHTTPHeaders:
		return functions.AttrHTTPHeaders
	case functions.AttrRoutingSlip:
		return functions.AttrRoutingSlip
	case functions.AttrReplyTo:
		return functions.AttrReplyTo
	case functions.AttrReplyToken:
		return functions.AttrReplyToken
	case functions.AttrClaimCheck:
		return functions.AttrClaimCheck
	case functions.AttrCallback:
		return functions.AttrCallback
	default:
		return string(b)
	}
}

// headerKey returns the canonical header of an extension. A valid name has no
// dash, so only its first letter is raised.
func headerKey(name string) string {
	switch name {
	case functions.AttrCorrelationID:
		return "Ce-Correlationid"
	case functions.AttrCausationID:
		return "Ce-Causationid"
	case functions.AttrExpiryTime:
		return "Ce-Expirytime"
	case functions.AttrTraceParent:
		return "Ce-Traceparent"
	case functions.AttrTraceState:
		return "Ce-Tracestate"
	case functions.AttrHTTPStatus:
		return "Ce-Httpstatus"
	case functions.AttrRoutingSlip:
		return "Ce-Routingslip"
	case functions.AttrReplyTo:
		return "Ce-Replyto"
	case functions.AttrReplyToken:
		return "Ce-Replytoken"
	default:
		key := make([]byte, 0, len(canonicalCE)+len(name))
		key = append(key, canonicalCE...)
		key = append(key, name...)
		if c := &key[len(canonicalCE)]; *c >= 'a' && *c <= 'z' {
			*c -= caseBit
		}
		return string(key)
	}
}
