// Command pack writes web.gz, by which an app has the page of the console in a third
// of its size: go run ./internal/console/pack internal/console
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if err := pack(os.Args[1]); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func pack(dir string) error {
	entries, err := os.ReadDir(filepath.Join(dir, "web"))
	if err != nil {
		return err
	}
	files := map[string]string{}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, "web", e.Name())) //nolint:gosec // those of this repository
		if err != nil {
			return err
		}
		files[e.Name()] = string(text)
	}
	text, err := json.Marshal(files) // in the order of the names
	if err != nil {
		return err
	}
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := w.Write(text); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "web.gz"), out.Bytes(), 0o644) //nolint:gosec // it is for everybody
}
