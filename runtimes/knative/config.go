package knative

import "github.com/homing-dev/homing/internal/settings"

// Roles of a process.
const (
	RoleAll     = settings.RoleAll
	RoleAdapter = settings.RoleAdapter
	RoleVertex  = settings.RoleVertex
	// RoleFailure is the dead-letter sink of every Trigger.
	RoleFailure = settings.RoleFailure
)

// Carriers between processes.
const (
	CarrierHTTP   = settings.CarrierHTTP
	CarrierBroker = settings.CarrierBroker
)

// Config is the configuration of a process: what docs/configuration.md lists for
// a container.
type Config = settings.Config

// FromEnv reads a Config of an environment in the form of [os.Environ]. The error
// names every variable that is invalid, missing or unknown, and never a secret.
func FromEnv(environ []string) (Config, error) {
	return settings.Load(settings.Input{Runtime: settings.Container, Environ: environ})
}
