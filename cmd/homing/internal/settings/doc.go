// Package settings fills the flags of a command from all the places where they
// can be set. The first one counts:
//
//  1. the command line: --max-body 1MiB
//  2. the environment: HOMING_MAX_BODY=1MiB
//  3. the file that --config or HOMING_CONFIG names: max-body: 1MiB
//  4. the flag's default
//
// It is strict: a key of the file and a variable HOMING_… that no command knows
// are errors, since a limit that is silently not set shows only under load.
// What a secret is set to never appears in an error.
package settings
