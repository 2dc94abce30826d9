package report

import (
	"fmt"
	"os"
	"strings"
)

// Lines of a page between which the report stands.
const (
	Begin = "<!-- benchmark: written by make bench BENCH=-write -->"
	End   = "<!-- end of benchmark -->"
)

// Insert gives page with text in the place of what is between [Begin] and
// [End]. Each must be there once, in this order.
func Insert(page, text string) (string, error) {
	if strings.Count(page, Begin) != 1 || strings.Count(page, End) != 1 {
		return "", fmt.Errorf("the page must have one line %q and one line %q", Begin, End)
	}
	head, rest, _ := strings.Cut(page, Begin)
	_, tail, ordered := strings.Cut(rest, End)
	if !ordered {
		return "", fmt.Errorf("in the page, %q must come before %q", Begin, End)
	}
	return head + Begin + "\n\n" + strings.TrimSpace(text) + "\n\n" + End + tail, nil
}

// CheckPage says why [WriteInto] could not write into a file, so that it is
// known before a long measurement.
func CheckPage(file string) error {
	page, err := os.ReadFile(file) //nolint:gosec // the page that the user asked for
	if err != nil {
		return fmt.Errorf("read the page of the benchmark: %w", err)
	}
	if _, err := Insert(string(page), ""); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

// WriteInto inserts text into the page in a file.
func WriteInto(file, text string) error {
	page, err := os.ReadFile(file) //nolint:gosec // the page that the user asked for
	if err != nil {
		return fmt.Errorf("read the page of the benchmark: %w", err)
	}
	info, err := os.Stat(file)
	if err != nil {
		return fmt.Errorf("read the page of the benchmark: %w", err)
	}
	updated, err := Insert(string(page), text)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if err := os.WriteFile(file, []byte(updated), info.Mode().Perm()); err != nil { //nolint:gosec // as above
		return fmt.Errorf("write the page of the benchmark: %w", err)
	}
	return nil
}
