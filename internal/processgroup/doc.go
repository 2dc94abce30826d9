// Package processgroup ends, stops and continues a process together with all that
// it has started, as far as the operating system can: on Windows a group can be
// killed, and nothing else.
package processgroup
