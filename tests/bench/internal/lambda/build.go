package lambda

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
)

// The modules and programs of the functions.
const (
	product = "github.com/homing-dev/homing"
	here    = product + "/tests/bench/internal/"
	peers   = here + "peer/lambda/"

	bareIdentity  = "bare-identity"
	bareQuote     = "bare-quote"
	bareHandler   = "bare-handler"
	homingChains  = "homing-chains"
	homingHandler = "homing-handler"
	createTable   = "create-table"
	bootstrap     = "app" // the product's own
)

// Programs are the executables of all functions.
type Programs struct {
	dir string
}

// Build builds them into dir, as the Makefile builds what is deployed. It needs
// the go command, and a working directory within this module.
func Build(ctx context.Context, dir string) (Programs, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return Programs{}, fmt.Errorf("find the folder for the functions: %w", err)
	}
	// The bootstrap is built in its own module: this one does not know all that
	// its functions need.
	home, err := run(ctx, "list", "-m", "-f", "{{.Dir}}", product)
	if err == nil {
		_, err = run(ctx, build(dir, "-C", home, "./cmd/"+bootstrap)...)
	}
	if err == nil {
		_, err = run(ctx, build(dir, "", "",
			peers+bareIdentity, peers+bareQuote, peers+bareHandler, peers+homingChains, peers+homingHandler,
			here+"polling/"+createTable)...)
	}
	if err != nil {
		return Programs{}, fmt.Errorf("build the functions: %w", err)
	}
	return Programs{dir: dir}, nil
}

// build gives the arguments of go build; the first flag may be "-C folder".
func build(dir, flag, folder string, packages ...string) []string {
	args := []string{"build"}
	if flag != "" {
		args = append(args, flag, folder)
	}
	args = append(args, "-trimpath", "-tags", "lambda.norpc", "-ldflags", "-s -w", "-o", dir+string(filepath.Separator))
	return append(args, packages...)
}

// run runs the go command and gives what it writes, without white space around.
func run(ctx context.Context, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, "go", args...).Output() //nolint:gosec // this package's own arguments
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return "", fmt.Errorf("go %s: %w: %s", args[0], err, bytes.TrimSpace(exit.Stderr))
	}
	return string(bytes.TrimSpace(out)), err
}

// Bootstrap is the path of the product's bootstrap.
func (p Programs) Bootstrap() string { return p.path(bootstrap) }

// Chains is the path of a bootstrap with the chains of package chains.
func (p Programs) Chains() string { return p.path(homingChains) }

// CreateTable is the path of the program that creates the table of a reply
// store.
func (p Programs) CreateTable() string { return p.path(createTable) }

func (p Programs) path(program string) string { return filepath.Join(p.dir, program) }
