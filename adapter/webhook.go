package adapter

import (
	"net/http"
	"strconv"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/hosts"
)

// handleHandshake answers OPTIONS /events: by the headers of the CloudEvents web hooks
// for event delivery (1.0.2, section 4) the sender of events asks whether it may send
// them here. It is granted to the origins that are listed, at the rate that they ask
// for, and at once: so nobody is called back, whatever WebHook-Request-Callback says.
func (a *Adapter) handleHandshake(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Allow", "OPTIONS, POST")
	origin, rate := r.Header.Get("Webhook-Request-Origin"), r.Header.Get("Webhook-Request-Rate")
	if origin == "" {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if !hosts.Matches(a.cfg.WebhookOrigins, origin) {
		a.fail(w, &exchange{}, functions.Errorf(http.StatusForbidden,
			"events of the origin %.200q are not wanted here; HOMING_WEBHOOK_ORIGINS lists those that are", origin))
		return
	}
	if rate != "" {
		if n, err := strconv.ParseUint(rate, 10, 63); err != nil || n == 0 {
			a.fail(w, &exchange{}, functions.Errorf(http.StatusBadRequest, "header WebHook-Request-Rate is not a number of requests a minute"))
			return
		}
		h.Set("Webhook-Allowed-Rate", rate)
	}
	h.Set("Webhook-Allowed-Origin", origin)
	w.WriteHeader(http.StatusOK)
}
