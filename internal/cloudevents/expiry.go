package cloudevents

import (
	"net/http"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
)

// Expiry returns when the event of somebody else expires (CloudEvents extension
// expirytime); the zero time if it does not. One that has expired by now is
// refused, since nobody wants its reply any more. Errors are problems.
func Expiry(ev event.Event, now time.Time) (time.Time, error) {
	value, set := ev.Context.GetExtensions()[functions.AttrExpiryTime]
	if !set {
		return time.Time{}, nil
	}
	text, _ := value.(string)
	t, err := ParseTimestamp(text)
	switch {
	case err != nil:
		return t, functions.Errorf(http.StatusBadRequest, "attribute %s is not a timestamp of RFC 3339", functions.AttrExpiryTime)
	case !t.After(now):
		return t, functions.Errorf(http.StatusGatewayTimeout, "attribute %s: the event expired at %s, before it came here",
			functions.AttrExpiryTime, t.UTC().Format(time.RFC3339))
	default:
		return t, nil
	}
}
