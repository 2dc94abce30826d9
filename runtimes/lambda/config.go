package lambda

import (
	"errors"
	"fmt"

	clambda "github.com/homing-dev/homing/adapter/carrier/lambda"
	"github.com/homing-dev/homing/internal/settings"
)

// Roles of a function.
const (
	RoleAll     = settings.RoleAll
	RoleAdapter = settings.RoleAdapter
	RoleVertex  = settings.RoleVertex
	// RoleFailure completes the requests of events whose function has died.
	RoleFailure = settings.RoleFailure
)

// Config is the configuration of a function: what docs/configuration.md lists for
// Lambda.
type Config = settings.Config

// Variables that messages of other files name.
const (
	varRole     = "HOMING_ROLE"
	varVertices = "HOMING_VERTICES"
	varSelf     = "AWS_LAMBDA_FUNCTION_NAME"
)

// FromEnv reads a Config of an environment in the form of [os.Environ]. The error
// names every variable that is invalid, missing or unknown, and never a secret.
func FromEnv(environ []string) (Config, error) {
	c, err := settings.Load(settings.Input{Runtime: settings.Lambda, Environ: environ})
	if _, invalid := clambda.ParseVertices(c.Vertices); invalid != nil {
		err = errors.Join(err, fmt.Errorf("%s: %w", varVertices, invalid))
	}
	return c, err
}
