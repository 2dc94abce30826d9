// Package console shows what a process does: its last requests with the steps of
// each, live rates and times, its log, dead letters, and lets a step be run once more.
//
// A [Recorder] keeps the last requests in memory, bounded in number and bytes. It sees
// calls as the [adapter.Observer] of an adapter, and steps by wrapping their functions
// or the carriers that take events to them. [Recorder.Handler] serves a page and the
// JSON behind it:
//
//	GET  /                          the page, and its scripts and styles
//	GET  /api/overview              chains, limits, and which process this is
//	GET  /api/requests              the last requests, newest first
//	GET  /api/requests/{id}         one request with its steps
//	GET  /api/requests/{id}/data/N  a body of it, as it was
//	GET  /api/stats                 rates and times by chain and step
//	GET  /api/stream                requests and rates as they change (text/event-stream)
//	GET  /api/logs                  lines of the log; as they come with ?follow
//	GET  /api/letters               dead letters, where the store has them
//	POST /api/replay                run one step once more
//
// What it keeps of attributes is what the functions see, without what routes an event;
// a header of the request is among them only if the chain allows it, and then without
// its value if its name is that of a credential, as a parameter of its query is. Bodies
// are shown as they are.
package console
