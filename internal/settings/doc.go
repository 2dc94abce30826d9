// Package settings describes, in one table, everything that can be set of a
// process of Homing, and reads it. The local server, a container, an instance of
// `func` and a Lambda function all read this table, so a setting has one name,
// one meaning, one default and one error everywhere.
//
// The first place counts that has a setting:
//
//  1. the command line, where there is one: --max-body 1MiB
//  2. the environment: HOMING_MAX_BODY=1MiB
//  3. the file that --config or HOMING_CONFIG names: max-body: 1MiB
//  4. the default
//
// It is strict: a key of the file and a variable HOMING_… that is no setting are
// errors, since a limit that is silently not set shows only under load. A setting
// that is known but has no effect on the process is logged when that starts; see
// [Config.Warn]. What a secret is set to never appears in an error.
//
// A new setting is a line of the table in table.go, whose value goes to a field
// of [Config]; docs/configuration.md is written from it by `make generate`.
package settings
