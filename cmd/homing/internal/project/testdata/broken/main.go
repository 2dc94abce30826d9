// Command broken does not compile.
package main

import "github.com/homing-dev/homing/runtimes"

func main() { runtimes.Main(nothing, nil) }
