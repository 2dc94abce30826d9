package main

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
)

// pypi is the version in the form of PyPI (PEP 440), such as 0.1.0rc1.
func (r *release) pypi() string {
	return strings.NewReplacer("-alpha.", "a", "-beta.", "b", "-rc.", "rc").Replace(r.version())
}

// wheelTag is what a wheel can be installed on (PEP 425, 600 and 656): the program
// is linked statically, so any C library is right. Go needs macOS 12.
func (p platform) wheelTag() string {
	cpu := map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[p.arch]
	switch p.os {
	case "darwin":
		if p.arch == "arm64" {
			cpu = p.arch
		}
		return "py3-none-macosx_12_0_" + cpu
	case "windows":
		return "py3-none-win_" + p.arch
	default:
		return fmt.Sprintf("py3-none-manylinux_2_17_%[1]s.manylinux2014_%[1]s.musllinux_1_1_%[1]s", cpu)
	}
}

// wheel writes a package for pip, which puts the program on the path (the binary
// distribution format of PyPA).
func (r *release) wheel(p platform, program string) error {
	base := "homing-" + r.pypi()
	entries, err := r.entries(base+".data/scripts/", program)
	if err != nil {
		return err
	}
	licence, readme := entries[1], entries[2]
	licence.name = base + ".dist-info/licenses/LICENSE"
	kind := "Wheel-Version: 1.0\nGenerator: homing-release\nRoot-Is-Purelib: false\n" + tagLines(p.wheelTag())
	entries = append(entries[:1], licence,
		entry{base + ".dist-info/METADATA", []byte("Metadata-Version: 2.4\nName: homing\nVersion: " + r.pypi() + "\nSummary: " + summary +
			"\nHome-page: " + homepage + "\nLicense-Expression: Apache-2.0\nLicense-File: LICENSE\nRequires-Python: >=3.8\n" +
			"Description-Content-Type: text/markdown\n\n" + string(readme.data)), plain},
		entry{base + ".dist-info/WHEEL", []byte(kind), plain},
	)
	var record strings.Builder
	for _, e := range entries {
		sum := sha256.Sum256(e.data)
		fmt.Fprintf(&record, "%s,sha256=%s,%d\n", e.name, base64.RawURLEncoding.EncodeToString(sum[:]), len(e.data))
	}
	name := base + ".dist-info/RECORD"
	entries = append(entries, entry{name, []byte(record.String() + name + ",,\n"), plain})
	return writeFile(r.file(base+"-"+p.wheelTag()+".whl"), func(w io.Writer) error { return writeZip(w, r.time, entries) })
}

// tagLines writes a compressed tag out (PEP 425).
func tagLines(tag string) string {
	var lines strings.Builder
	const python = "py3-none-"
	for p := range strings.SplitSeq(strings.TrimPrefix(tag, python), ".") {
		lines.WriteString("Tag: " + python + p + "\n")
	}
	return lines.String()
}

// What the packages say of themselves.
const (
	summary  = "Call chains of event functions like plain HTTP"
	homepage = "https://github.com/homing-dev/homing"
)
