package main

import (
	_ "embed"
	"encoding/json"
	"io"
	"strings"
)

// launcher starts the program of the platform.
//
//go:embed launcher.js
var launcher []byte

// scope is that of the packages for npm.
const scope = "@homing-dev/"

// manifest is a package.json.
type manifest struct {
	Name         string            `json:"name"`
	Version      string            `json:"version"`
	Description  string            `json:"description"`
	License      string            `json:"license"`
	Repository   string            `json:"repository"`
	Bin          map[string]string `json:"bin,omitempty"`
	Engines      map[string]string `json:"engines,omitempty"`
	OS           []string          `json:"os,omitempty"`
	CPU          []string          `json:"cpu,omitempty"`
	Optional     map[string]string `json:"optionalDependencies,omitempty"`
	PreferUnplug bool              `json:"preferUnplugged,omitempty"`
}

// node is the platform in the words of Node.js.
func (p platform) node() (system, cpu string) {
	system, cpu = p.os, p.arch
	if system == "windows" {
		system = "win32"
	}
	if cpu == "amd64" {
		cpu = "x64"
	}
	return system, cpu
}

// npmName is the package that carries the program of a platform.
func (p platform) npmName() string {
	system, cpu := p.node()
	return scope + "homing-" + system + "-" + cpu
}

func (r *release) manifest(name string) manifest {
	return manifest{
		Name: name, Version: r.version(), Description: summary, License: "Apache-2.0", Repository: "github:homing-dev/homing",
	}
}

// npm writes the package of a platform, which npm installs there alone.
func (r *release) npm(p platform, program string) error {
	entries, err := r.entries("package/bin/", program)
	if err != nil {
		return err
	}
	m := r.manifest(p.npmName())
	system, cpu := p.node()
	m.OS, m.CPU, m.PreferUnplug = []string{system}, []string{cpu}, true
	m.Description += ", on " + p.String()
	return r.npmPackage(m, entries)
}

// npmLauncher writes the package that a user names, which has those of the
// platforms as optional dependencies.
func (r *release) npmLauncher(platforms []platform) error {
	m := r.manifest(scope + "homing")
	m.Bin, m.Engines = map[string]string{"homing": "bin/homing.js"}, map[string]string{"node": ">=18"}
	m.Optional = map[string]string{}
	for _, p := range platforms {
		m.Optional[p.npmName()] = r.version()
	}
	return r.npmPackage(m, []entry{{"package/bin/homing.js", launcher, executable}})
}

func (r *release) npmPackage(m manifest, entries []entry) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	entries = append([]entry{{"package/package.json", append(text, '\n'), plain}}, entries...)
	name := strings.NewReplacer("@", "", "/", "-").Replace(m.Name) + "-" + m.Version + ".tgz"
	return writeFile(r.file(name), func(w io.Writer) error { return writeTar(w, r.time, entries) })
}
