// Package render shows replies: as they are where a program reads along, and
// pretty where a person does. A person's terminal gets neither binary data nor
// control characters of a server's choice.
package render
