// Command silent ends before it is an app.
package main

import (
	"fmt"
	"os"

	"github.com/homing-dev/homing/runtimes"
)

func main() {
	if _, set := os.LookupEnv("NEVER_SET"); !set {
		fmt.Fprintln(os.Stderr, "the database does not answer")
		os.Exit(3)
	}
	runtimes.Main(nil, nil)
}
