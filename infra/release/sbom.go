package main

import (
	"debug/buildinfo"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"time"

	spdxjson "github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdx"
	"github.com/spdx/tools-golang/spdx/v2/common"
	"github.com/spdx/tools-golang/spdx/v2/v2_3"
)

// bill writes which modules the program is linked of, as the program itself says:
// the software bill of materials (SPDX 2.3).
func (r *release) bill(p platform, program string) error {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return err
	}
	if info.Main.Version != r.tag {
		return fmt.Errorf("the program says that it is %s, and not %s", info.Main.Version, r.tag)
	}
	name := fmt.Sprintf("homing_%s_%s_%s", r.version(), p.os, p.arch)
	return writeFile(r.file(name+".spdx.json"), func(w io.Writer) error {
		return spdxjson.Write(r.document(name, info), w, spdxjson.Indent(" "))
	})
}

// document lists the main module, the modules that it is linked of, and Go.
func (r *release) document(name string, info *debug.BuildInfo) *spdx.Document {
	doc := &spdx.Document{
		SPDXVersion: spdx.Version, DataLicense: spdx.DataLicense, SPDXIdentifier: "DOCUMENT",
		DocumentName: name, DocumentNamespace: homepage + "/releases/" + r.tag + "/" + name,
		CreationInfo: &spdx.CreationInfo{
			Created:  r.time.Format(time.RFC3339),
			Creators: []common.Creator{{CreatorType: "Tool", Creator: "homing-release"}, {CreatorType: "Organization", Creator: "Homing"}},
		},
	}
	main := module(info.Main.Path, r.tag)
	main.PackageLicenseDeclared, main.PackageLicenseConcluded = "Apache-2.0", "Apache-2.0"
	doc.Packages = append(doc.Packages, main)
	relate(doc, doc.SPDXIdentifier, main.PackageSPDXIdentifier, common.TypeRelationshipDescribe)
	parts := make([]*spdx.Package, 0, 1+len(info.Deps))
	parts = append(parts, module("stdlib", strings.TrimPrefix(info.GoVersion, "go")))
	for _, d := range info.Deps {
		if d.Replace != nil {
			d = d.Replace
		}
		parts = append(parts, module(d.Path, d.Version))
	}
	for _, part := range parts {
		doc.Packages = append(doc.Packages, part)
		relate(doc, main.PackageSPDXIdentifier, part.PackageSPDXIdentifier, common.TypeRelationshipDependsOn)
	}
	return doc
}

func relate(doc *spdx.Document, a, b common.ElementID, how string) {
	doc.Relationships = append(doc.Relationships, &spdx.Relationship{
		RefA: common.MakeDocElementID("", string(a)), RefB: common.MakeDocElementID("", string(b)), Relationship: how,
	})
}

// module is a module of Go as a package of SPDX, with its package URL.
func module(path, version string) *spdx.Package {
	id := strings.Map(func(c rune) rune {
		if strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-", c) {
			return c
		}
		return '-'
	}, path+"-"+version)
	return &spdx.Package{
		PackageName: path, PackageVersion: version, PackageSPDXIdentifier: common.ElementID("Package-" + id),
		PackageDownloadLocation: "NOASSERTION", PackageLicenseConcluded: "NOASSERTION", PackageLicenseDeclared: "NOASSERTION",
		PackageCopyrightText: "NOASSERTION", IsFilesAnalyzedTagPresent: true,
		PackageExternalReferences: []*v2_3.PackageExternalReference{{
			Category: common.CategoryPackageManager, RefType: common.TypePackageManagerPURL, Locator: "pkg:golang/" + path + "@" + version,
		}},
	}
}
