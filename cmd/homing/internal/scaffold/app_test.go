package scaffold_test

import (
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/homing-dev/homing/cmd/homing/internal/scaffold"
)

func TestATemplateOfTheUsersOwn(t *testing.T) {
	t.Parallel()
	template := fstest.MapFS{
		"chain.yaml":                  {Data: []byte(oneChain)},
		"{{homing.name}}/go.mod.tmpl": {Data: []byte("module {{homing.module}} // {{other}} ${{ x }} {{homing.version}} {{homing.created}}")},
		"run.sh":                      {Data: []byte("true"), Mode: 0o755},
		"logo.png":                    {Data: []byte("\x89PNG\x00{{homing.nobody}}")},
		".git/config":                 {Data: []byte("{{homing.nobody}}")},
	}
	files, err := scaffold.New(scaffold.Options{Name: "shop", Version: "v1.2.3", Created: time.Unix(0, 0), From: template})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range files {
		got = append(got, f.Name)
		if f.Name == "shop/go.mod" && string(f.Data) != "module shop // {{other}} ${{ x }} v1.2.3 1970-01-01T00:00:00Z" {
			t.Errorf("go.mod is %s", f.Data)
		}
		if f.Executable != (f.Name == "run.sh") {
			t.Errorf("%s is executable: %v", f.Name, f.Executable)
		}
	}
	if want := []string{"chain.yaml", "logo.png", "run.sh", "shop/go.mod"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestATemplateThatIsBroken(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		file *fstest.MapFile
		at   string
		want string
	}{
		"placeholder":      {&fstest.MapFile{Data: []byte("\n{{homing.nam}}")}, "a.txt", `a.txt:2: there is no placeholder {{homing.nam}}; did you mean "name"?`},
		"placeholder name": {&fstest.MapFile{}, "{{homing.}}.txt", "there is no placeholder {{homing.}}"},
		"link":             {&fstest.MapFile{Mode: fs.ModeSymlink, Data: []byte("/etc/passwd")}, "a.txt", "a template has no links"},
		"twice":            {&fstest.MapFile{}, "chain.yaml.tmpl", "would both be written as chain.yaml"},
		"nameless":         {&fstest.MapFile{}, "a/.tmpl", "is no name of a file"},
		"large":            {&fstest.MapFile{Data: make([]byte, 33<<20)}, "a.bin", "32 MiB"},
		"invalid chains":   {&fstest.MapFile{Data: []byte("chains: [{}]")}, "chain.yaml", "chain.yaml:1:10"},
		"no chains":        {nil, "chain.yaml", "has no chain.yaml"},
	} {
		template := fstest.MapFS{"chain.yaml": {Data: []byte(oneChain)}}
		template[tt.at] = tt.file
		if tt.file == nil {
			delete(template, tt.at)
		}
		if _, err := scaffold.New(scaffold.Options{Name: "shop", From: template}); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestEveryYAMLOfAnAppCanBeRead(t *testing.T) {
	t.Parallel()
	for _, lang := range scaffold.Langs() {
		files, err := scaffold.New(scaffold.Options{Name: "shop", Lang: lang})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			ext := filepath.Ext(f.Name)
			var v any
			if err := yaml.Unmarshal(f.Data, &v); (ext == ".yaml" || ext == ".yml") && err != nil {
				t.Errorf("%s of %s: %v", f.Name, lang, err)
			}
			if strings.Contains(string(f.Data), "{{homing") || strings.Contains(string(f.Data), "<no value>") {
				t.Errorf("%s of %s has a placeholder: %s", f.Name, lang, f.Data)
			}
			if f.Name == ".github/workflows/ci.yml" && strings.Count(string(f.Data), "uses: ") != strings.Count(string(f.Data), " # v") {
				t.Errorf("an action of %s is not pinned: %s", lang, f.Data)
			}
		}
	}
}

// TestNoAppIsCalledAsAPackageOfGo compares with the packages of the Go that runs it.
func TestNoAppIsCalledAsAPackageOfGo(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "std").Output()
	if err != nil {
		t.Fatal(err)
	}
	for name := range strings.FieldsSeq(string(out)) {
		if err := scaffold.CheckModule(name); err == nil {
			t.Errorf("a module may be called %s", name)
		}
	}
	for _, name := range []string{"shop", "example.com/time", "my_shop", "github.com/me/homing.v2", "gopkg.in/x.v1"} {
		if err := scaffold.CheckModule(name); err != nil {
			t.Error(err)
		}
	}
	for _, name := range []string{"", "/", "a//b", "a/", ".a", "a.", "a b", "é", "a/../b", "a\nb", `a"b`} {
		if err := scaffold.CheckModule(name); err == nil {
			t.Errorf("a module may be called %q", name)
		}
	}
}

func TestASlugIsAName(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"My Shop": "my-shop", "shop": "shop", "2 shops": "app-2-shops", "--x--": "x", "é": "", "": "", strings.Repeat("ab-", 20): strings.Repeat("ab-", 13) + "a",
	} {
		got := scaffold.Slug(text)
		if got != want || got != "" && scaffold.CheckName(got) != nil {
			t.Errorf("%q: got %q", text, got)
		}
	}
}
