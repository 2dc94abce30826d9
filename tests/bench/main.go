// Command bench measures Homing beside net/http and the CloudEvents SDK, with
// the load generator in another process, on the same cores and in one run:
//
//	go run .           # about twelve minutes; the report goes to standard output
//	go run . -quick    # less than two minutes; to see that it works
//	go run . -lambda   # only what runs on AWS Lambda
//	go run . -redis    # only replies that come home through Redis
//	go run . -traces   # only what traces cost a plain call
//	go run . -write    # also into docs/benchmarks.md
//
// It needs wrk 4.1 (but for -lambda, -redis and -traces), the go command and Linux, Node.js
// for the replies through DynamoDB, and redis-server. What is measured and how is told in
// docs/benchmarks.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		_, _ = fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// serverCommand is the first argument of a process that is a server. Only this
// program itself gives it.
const serverCommand = "server"

func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	if len(args) > 0 && args[0] == serverCommand {
		return serve(ctx, args[1:], stdin, stdout)
	}
	o, err := parseOptions(args, stderr)
	if err != nil {
		return err
	}
	switch {
	case o.profile != "":
		return profileAll(ctx, o, stderr)
	case o.traces:
		return benchTraces(ctx, o, stdout)
	case o.overload:
		return benchOverload(ctx, o, stdout, stderr)
	case o.redis:
		return benchRedis(ctx, o, stdout, stderr)
	case o.lambda:
		return benchLambda(ctx, o, stdout, stderr)
	}
	return bench(ctx, o, stdout, stderr)
}
