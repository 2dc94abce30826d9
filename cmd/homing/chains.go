package main

import (
	"errors"
	"fmt"
	"io/fs"

	function "github.com/homing-dev/homing"
	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/functions/chainfile"
)

const (
	// defaultFile is what the file of chains is called.
	defaultFile = "chain.yaml"
	// builtIn is what the file is called that was built in.
	builtIn = defaultFile + " (built in)"
)

// loadChains reads the chains of the file at path; "" means those that were
// built in. A file that is wrong is a [chainfile.Errors].
func loadChains(path string) ([]functions.Chain, error) {
	known, err := function.Functions()
	if err != nil {
		return nil, err
	}
	if path == "" {
		return chainfile.Parse(builtIn, function.ChainFile, known)
	}
	chains, err := chainfile.Load(path, known)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, exit.Usagef("there is no file %s", path).Then("name the file that declares the chains, or leave it out for the built-in ones")
	}
	return chains, err
}

// chainsToUse are the chains of a file, which must be right.
func chainsToUse(path string) ([]functions.Chain, error) {
	chains, err := loadChains(path)
	if wrong, ok := errors.AsType[chainfile.Errors](err); ok {
		return nil, &exit.Error{Code: exit.Failed, Err: fmt.Errorf("the chains are wrong:\n%w", wrong)}
	}
	return chains, err
}
