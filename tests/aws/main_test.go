package aws_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"github.com/homing-dev/homing/internal/dynalite"
)

// root is the folder of the project.
var root = filepath.Join("..", "..")

// What all tests share: the programs, built once, and the server of tables, in
// which every stack has a table of its own.
var (
	bootstrap string // the function of a deployment
	faulty    string // that of the folder faulty, which watches for races if the tests do
	nimble    string // the same, and never does
	homing    string // the command
	tables    string // URL of the server
)

// atOnce is how many tests run at once: most of their time they wait, but with more
// the processes that start at first are too many for a call of the tables within the
// 1.5 s that an adapter has for it.
const atOnce = "8"

func TestMain(m *testing.M) {
	if os.Getenv(asDumper) != "" {
		os.Exit(serveDumper())
	}
	flag.Parse()
	if err := flag.Set("test.parallel", atOnce); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code, err := run(m)
	if err == nil {
		err = goleak.Find()
	}
	if testing.Verbose() {
		results.print(os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	dir, err := os.MkdirTemp("", "homing-aws")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(dir)
	bootstrap, nimble, homing = filepath.Join(dir, "app"), filepath.Join(dir, "faulty"), filepath.Join(dir, "homing")
	faulty = filepath.Join(dir, "watched", "faulty")
	for _, args := range [][]string{
		{"-o", dir, "../../cmd/app", "../../cmd/homing", "./faulty"},
		{"-o", filepath.Dir(faulty) + string(filepath.Separator), buildFlags, "./faulty"},
	} {
		build := exec.Command("go", append([]string{"build", "-tags", "lambda.norpc"}, args...)...)
		if out, err := build.CombinedOutput(); err != nil {
			return 1, fmt.Errorf("build the programs: %w\n%s", err, out)
		}
	}
	var log text
	server, err := dynalite.Start(context.Background(), dynalite.Options{Log: &log})
	if err != nil {
		return 1, err
	}
	tables = server.URL()
	defer func() {
		if failed := server.Stop(); failed != nil {
			err = fmt.Errorf("%w: %s", failed, log.String())
		}
	}()
	return m.Run(), nil
}
