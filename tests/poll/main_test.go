package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/homing-dev/homing/tests/poll/simulate"
)

func TestPutReplacesASection(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "poller.md")
	text := "before\n<!-- law -->\nold\n<!-- end law -->\nafter\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"new\n", "newer\n"} {
		if err := put(file, "law", []byte(table)); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(file)
		if want := strings.Replace(text, "old\n", table, 1); err != nil || string(got) != want {
			t.Errorf("got %q, %v", got, err)
		}
	}
	if err := put(file, "goals", nil); err == nil {
		t.Error("a section without marks was put")
	}
	if err := put(filepath.Join(t.TempDir(), "none.md"), "law", nil); err == nil {
		t.Error("a section was put into no file")
	}
}

func TestPlotIsWellFormed(t *testing.T) {
	t.Parallel()
	p := plot{title: "t", x: "x", y: "y", xs: [2]float64{1, 1000}, ys: [2]float64{0.1, 10}}
	for i := range reference + 1 {
		c := curve{name: "c", style: i}
		c.add(1, 1)
		c.add(1000, 0.1)
		p.curves = append(p.curves, c)
	}
	svg := p.svg()
	decoder := xml.NewDecoder(bytes.NewReader(svg))
	circles := 0
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "circle" {
			circles++
		}
	}
	if circles != 2*len(p.curves) {
		t.Errorf("%d points of %d curves", circles, len(p.curves))
	}
	if x, y := p.px(1), p.py(0.1); int(x) != left || int(y) != bottom {
		t.Errorf("the origin is at %v, %v", x, y)
	}
}

func TestTablesHaveARowForEachCase(t *testing.T) {
	t.Parallel()
	b := bench{scale: 0.02}
	var text bytes.Buffer
	b.goal(&text, b.config(simulate.Families(driftEvery)[0], 1))
	if row := text.String(); strings.Count(row, "|") != 10 || !strings.HasPrefix(row, "| 1 | constant |") {
		t.Errorf("got %q", row)
	}
	for _, s := range usual() {
		r := simulate.PerRequest(b.config(simulate.Families(driftEvery)[1], 1), s.step(s.middle))
		if r.Replies == 0 || r.ReadsPerReply() < 1 || r.Waiting <= 0 || r.P99 > float64(time.Second)/float64(time.Millisecond) {
			t.Errorf("%s: %+v", s.name, r)
		}
	}
}
