// Package flags has the settings of package internal/settings as flags of a
// command, and fills the flags of commands that are no server from environment
// and file.
package flags
