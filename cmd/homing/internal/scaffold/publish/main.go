// Command publish writes the templates by which `func create` and `sam init` start
// apps into this repository.
package main

import (
	"fmt"
	"os"

	"github.com/homing-dev/homing/cmd/homing/internal/scaffold"
)

func main() {
	files, err := scaffold.Published()
	if err == nil {
		err = scaffold.Write(".", files, true)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
