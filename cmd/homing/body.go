package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"path/filepath"

	"github.com/homing-dev/homing/cmd/homing/internal/console"
)

// stdinName as a file stands for the standard input.
const stdinName = "-"

// body reads the body of the request.
func (a *app) body(ctx context.Context, method string, o invokeOptions) ([]byte, error) {
	switch {
	case o.dataGiven:
		return []byte(o.data), nil
	case o.fileGiven && o.file != stdinName:
		data, err := os.ReadFile(o.file)
		if err != nil {
			return nil, notSent("read the body: %w", err)
		}
		return data, nil
	case o.fileGiven:
		return readAll(ctx, a.In)
	}
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodDelete, http.MethodOptions:
		return nil, nil
	}
	if console.IsTerminal(a.In) {
		return nil, notSent("there is no body; give one by -f FILE or -d TEXT, or pipe it in (-f - reads what you type)")
	}
	return readAll(ctx, a.In)
}

// readAll reads to the end of r or of ctx. Reading itself cannot be stopped; it
// ends with the process.
func readAll(ctx context.Context, r io.Reader) ([]byte, error) {
	type result struct {
		data []byte
		err  error
	}
	read := make(chan result, 1)
	go func() {
		data, err := io.ReadAll(r)
		read <- result{data, err}
	}()
	select {
	case got := <-read:
		if got.err != nil {
			return nil, fmt.Errorf("read the body from the standard input: %w", got.err)
		}
		return got.data, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("read the body from the standard input: %w", context.Cause(ctx))
	}
}

// guessType names the content type of a body: by the file's name, by the type
// that the chain takes if it is one only, or by what the body looks like.
func guessType(file string, consumes []string, body []byte) string {
	if byName := mime.TypeByExtension(filepath.Ext(file)); byName != "" {
		return byName
	}
	switch {
	case len(consumes) == 1:
		return consumes[0]
	case json.Valid(body):
		return "application/json"
	default:
		return http.DetectContentType(body)
	}
}
