package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/homing-dev/homing/cmd/homing/internal/project"
)

const ownChain = "chains:\n  - {name: own, route: POST /own, timeout: 7s, steps: [quote.validate]}\n"

func TestGenerateOverwritesNothingOfTheUsers(t *testing.T) {
	t.Parallel()
	chains := write(t, "chain.yaml", ownChain)
	for command, name := range map[string]string{"knative": "vertex/50-adapter.yaml", "sam": "template.yaml"} {
		folder := t.TempDir()
		own := filepath.Join(folder, filepath.FromSlash(name))
		args := []string{command, "--shape", "vertex", "--out", folder, chains}
		if command == "sam" {
			args[4] = own
		}
		generateCLI(t, args...).ok(t)
		generateCLI(t, args...).ok(t) // what was generated is written anew
		if err := os.WriteFile(own, []byte("mine: true\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		generateCLI(t, args...).failed(t, 2, own, "--force", "nothing was written")
		if read(t, own) != "mine: true\n" {
			t.Errorf("%s was overwritten", name)
		}
		generateCLI(t, append(args, "--force")...).ok(t)
		if !strings.HasPrefix(read(t, own), generatedMark) {
			t.Errorf("%s is still there with --force", name)
		}
	}
}

func TestGenerateKnativeRemovesWhatIsOfAStepThatIsGone(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "with [brackets]")
	args := []string{"knative", "--shape", "split", "--out", folder}
	generateCLI(t, append(args, write(t, "chain.yaml", strings.Replace(ownChain, "]", ", quote.price]", 1)))...).ok(t)
	gone, own := filepath.Join(folder, "split", "60-own-price.yaml"), filepath.Join(folder, "split", "mine.yaml")
	if err := os.WriteFile(own, []byte("# mine\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got := generateCLI(t, append(args, write(t, "chain.yaml", ownChain))...)
	if got.code != 0 || exists(gone) || !exists(own) || !strings.Contains(got.err, "removed "+gone) {
		t.Errorf("still there: %v; mine is there: %v; printed %s", exists(gone), exists(own), got.err)
	}
}

func TestGenerateKnativeKeepsAdditions(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	extra := filepath.Join(folder, "extra", "kustomization.yaml")
	if err := os.Mkdir(filepath.Dir(extra), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(extra, []byte("kind: Component\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	generateCLI(t, "knative", "--out", folder, "--name", "own", "--secret", "own-2", write(t, "chain.yaml", ownChain)).ok(t)
	list := read(t, filepath.Join(folder, "inline", "kustomization.yaml"))
	if read(t, extra) != "kind: Component\n" || !strings.Contains(list, "components:\n  - ../extra\n") || !strings.Contains(list, "homing.dev/app: own\n") {
		t.Errorf("%s", list)
	}
	if !strings.Contains(read(t, filepath.Join(folder, "inline", "10-homing.yaml")), "name: own-2\n") {
		t.Error("the Secret has another name")
	}
}

func TestGenerateSAMTakesShapesAndAdditions(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "template.yaml")
	if err := os.WriteFile(filepath.Join(folder, "template.extra.yaml"), []byte("Resources: {Photos: {Type: 'AWS::S3::Bucket'}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	chains := write(t, "chain.yaml", ownChain)
	for range 2 {
		generateCLI(t, "sam", "--shape", "inline, vertex", "--out", path, chains).ok(t)
		if text := read(t, path); !strings.Contains(text, "AllowedValues: [inline, vertex]") || strings.Count(text, "AWS::S3::Bucket'") != 1 {
			t.Errorf("wrote %s", text)
		}
	}
	generateCLI(t, "sam", "--shape", "vertx", "--out", path, chains).failed(t, 2, `did you mean "vertex"?`)
}

func TestGenerateSAMSaysWhatItLeavesOut(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "template.yaml")
	var text strings.Builder
	text.WriteString("chains:\n")
	for name := range strings.FieldsSeq("a b c d e f g h i j k l m n o p q r s t") {
		text.WriteString("  - name: " + name + "\n    route: POST /" + name + "\n    steps:\n")
		for step := range strings.FieldsSeq("a b c d e f g h") {
			text.WriteString("      - {name: " + step + ", function: quote.validate}\n")
		}
	}
	chains := write(t, "chain.yaml", text.String())
	got := generateCLI(t, "sam", "--out", path, chains)
	if got.code != 0 || !strings.Contains(got.err, "resources, and AWS takes 500") {
		t.Errorf("printed %s", got.err)
	}
	generateCLI(t, "sam", "--shape", "split", "--out", path, chains).failed(t, 2, "resources, and AWS takes 500", "--shape vertex")
}

func TestAnAppIsDeployedUnderItsName(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"github.com/homing-dev/homing/cmd/app": "homing", "shop": "shop", "example.com/My_Shop.v2/cmd/shop": "my-shop-v2",
		"example.com/shop/v2/cmd/app": "shop", "example.com/shop/v2": "shop", "example.com/2nd-shop": "nd-shop", "example.com/ø": "",
	} {
		app := project.App{Project: &project.Project{Package: "."}, ImportPath: path}
		if got := deployedName(app); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
}
