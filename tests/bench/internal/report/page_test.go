package report_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/homing-dev/homing/tests/bench/internal/report"
)

func TestInsertReplacesWhatIsBetweenTheMarks(t *testing.T) {
	t.Parallel()
	const page = "# Title\n\n" + report.Begin + "\nold\n" + report.End + "\n\ntail\n"
	const want = "# Title\n\n" + report.Begin + "\n\nnew\n\n" + report.End + "\n\ntail\n"
	got, err := report.Insert(page, "\nnew\n\n")
	if err != nil || got != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	if again, err := report.Insert(got, "new"); err != nil || again != want {
		t.Errorf("a second time: %q, %v", again, err)
	}
}

func TestInsertNeedsBothMarksOnceAndInOrder(t *testing.T) {
	t.Parallel()
	for name, page := range map[string]string{
		"none":      "",
		"no end":    report.Begin,
		"no begin":  report.End,
		"swapped":   report.End + report.Begin,
		"two begin": report.Begin + report.Begin + report.End,
		"two end":   report.Begin + report.End + report.End,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := report.Insert(page, "new"); err == nil {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestWriteIntoKeepsTheRestOfTheFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "page.md")
	if err := os.WriteFile(file, []byte("a"+report.Begin+report.End+"b"), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := report.WriteInto(file, "new"); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(file)
	if want := "a" + report.Begin + "\n\nnew\n\n" + report.End + "b"; err != nil || string(got) != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("got %v, %v", info.Mode(), err)
	}
}

func TestWriteIntoLeavesAFileWithoutMarksAlone(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "page.md")
	if err := os.WriteFile(file, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if report.WriteInto(file, "new") == nil || report.CheckPage(file) == nil {
		t.Error("no error")
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != "precious" {
		t.Errorf("got %q, %v", got, err)
	}
	if missing := file + ".missing"; report.WriteInto(missing, "new") == nil || report.CheckPage(missing) == nil {
		t.Error("no error of a file that is not there")
	}
}

// The page of this repository must be one that -write can write.
func TestThePageHasItsMarks(t *testing.T) {
	t.Parallel()
	if err := report.CheckPage(filepath.Join("..", "..", "..", "..", "docs", "benchmarks.md")); err != nil {
		t.Error(err)
	}
}
