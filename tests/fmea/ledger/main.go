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

// Exit codes.
const (
	exitFaults      = 1 // of what is tested
	exitTrouble     = 2 // of the ledger itself, or of its flags
	exitInterrupted = 130
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, out, errs io.Writer) int {
	cfg, err := parse(args, errs)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return exitTrouble
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	l, err := soak(ctx, cfg, out)
	if l != nil {
		_, _ = io.WriteString(out, l.report())
	}
	switch {
	case ctx.Err() != nil:
		_, _ = fmt.Fprintln(errs, "interrupted: calls that ran then were not judged")
		return exitInterrupted
	case err != nil:
		_, _ = fmt.Fprintln(errs, "ledger:", err)
		return exitTrouble
	case l.failed():
		return exitFaults
	default:
		return 0
	}
}
