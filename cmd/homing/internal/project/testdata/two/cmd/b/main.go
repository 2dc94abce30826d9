// Command b is an app.
package main

import "github.com/homing-dev/homing/runtimes"

func main() { runtimes.Main(nil, nil) }
