package remote

import "time"

// PatientForTest has the client wait for longer than a loaded machine takes:
// for the answer to a change after its context has ended, and for a place in the
// arrivals.
func PatientForTest(c *Client) *Client {
	c.settle, c.open = time.Hour, time.Hour
	return c
}
