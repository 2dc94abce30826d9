package redis

import "time"

// SilenceForTest is after which time a connection is looked after.
const SilenceForTest = silence

// NotifyWaits sets for how long Notify waits for the server. It is called before
// Notify.
func (s *Store) NotifyWaits(d time.Duration) { s.inboxes.patient = d }
