// Command badmap has something in the place of a function.
package main

import (
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes"
)

func main() { runtimes.Main(nil, functions.Map{"greet": "hello"}) }
