// Command poll compares the poller with what pollers usually do, in the
// simulator, prints the tables of docs/poller.md and draws its plots.
//
//	go run ./tests/poll [-write docs] [-quick] [-real]
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"time"
)

func main() {
	write := flag.String("write", "", "folder of poller.md: put the tables into it and the plots beside it")
	quick := flag.Bool("quick", false, "a tenth of the calls, for a first impression")
	onReal := flag.Bool("real", false, "compare the simulator with the store in DynamoDB on dynalite instead; needs node and npm")
	flag.Parse()
	if *onReal {
		if err := againstReal(*write); err != nil {
			log.Fatal(err)
		}
		return
	}
	if err := run(os.Stdout, *write, *quick); err != nil {
		log.Fatal(err)
	}
}

// againstReal compares with real clocks, for about three minutes.
func againstReal(folder string) error {
	const patience = 10 * time.Minute
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var text bytes.Buffer
	if err := measure(ctx, &text); err != nil {
		return err
	}
	if _, err := os.Stdout.Write(text.Bytes()); err != nil || folder == "" {
		return err
	}
	return put(filepath.Join(folder, "poller.md"), "real", text.Bytes())
}

func run(out io.Writer, folder string, quick bool) error {
	b := bench{scale: 1}
	if quick {
		b.scale = 0.1
	}
	sections := []struct {
		name  string
		table func(io.Writer)
	}{
		{"goals", b.goals},
		{"range", b.withoutIndex},
		{"schedules", b.schedules},
		{"learning", b.learning},
		{"law", b.law},
		{"presets", b.presets},
		{"lost", b.lost},
	}
	for _, s := range sections {
		var text bytes.Buffer
		s.table(&text)
		if _, err := fmt.Fprintf(out, "%s\n\n%s\n", s.name, text.Bytes()); err != nil {
			return err
		}
		if folder != "" {
			if err := put(filepath.Join(folder, "poller.md"), s.name, text.Bytes()); err != nil {
				return err
			}
		}
	}
	if folder == "" {
		return nil
	}
	if err := os.WriteFile(filepath.Join(folder, "poller.svg"), b.waitingPlot().svg(), 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "poller-law.svg"), b.lawPlot().svg(), 0o600)
}

// put replaces what stands between the marks of a section.
func put(file, name string, text []byte) error {
	old, err := os.ReadFile(file) //nolint:gosec // the file that the user names
	if err != nil {
		return err
	}
	begin, end := []byte("<!-- "+name+" -->\n"), []byte("<!-- end "+name+" -->")
	head, rest, found := bytes.Cut(old, begin)
	_, tail, closed := bytes.Cut(rest, end)
	if !found || !closed {
		return fmt.Errorf("%s has no marks of the section %s", file, name)
	}
	//nolint:gosec // the file that the user names
	return os.WriteFile(file, bytes.Join([][]byte{head, begin, text, end, tail}, nil), 0o600)
}
