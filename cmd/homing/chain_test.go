package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	function "github.com/homing-dev/homing"
	"github.com/homing-dev/homing/cmd/homing/internal/project"
)

const wrongFile = "chains:\n  - name: a\n    route: POST /a\n    stps: [quote.price]\n"

// shopFile has one chain of another name.
const shopFile = "chains:\n  - {name: shop, route: PUT /shop, steps: [quote.price]}\n"

func TestValidateOfARightFile(t *testing.T) {
	t.Parallel()
	path := write(t, "chain.yaml", string(function.ChainFile))
	got := cli(t, "chain", "validate", path).ok(t).out
	for _, want := range []string{
		path + ": OK, chains: 2\n", "  quote      POST /quote      10s  validate → enrich → price\n",
		"  thumbnail  POST /thumbnail  20s  inspect → resize → encode\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
}

func TestValidateOfAnApp(t *testing.T) {
	t.Parallel()
	if got := cli(t, "chain", "validate").ok(t).out; !strings.HasPrefix(got, filepath.Join(samples, "chain.yaml")+": OK, chains: 2\n") {
		t.Errorf("got %s", got)
	}
}

// remoteFile has steps that run elsewhere only, so that there is no program.
const remoteFile = "chains:\n  - {name: shop, route: POST /shop, steps: [{name: price, url: 'http://127.0.0.1:1/'}]}\n"

func TestChainFileOfTheWorkingDirectoryIsTaken(t *testing.T) {
	t.Chdir(filepath.Dir(write(t, project.DefaultFile, remoteFile)))
	for _, args := range [][]string{{"chain", "validate"}, {"chain", "graph"}} {
		if got := cli(t, append(args, "--dir", ".")...).ok(t).out; !strings.Contains(got, "shop") {
			t.Errorf("%q: %s", args, got)
		}
	}
}

func TestAFolderWithoutChainsIsNamed(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, args := range [][]string{
		{"chain", "validate"}, {"chain", "graph"}, {"serve"}, {"invoke", "quote"}, {"generate", "knative"}, {"generate", "sam"},
	} {
		cli(t, append(args, "--dir", ".")...).failed(t, 2, "there is no chain.yaml in this folder", "homing new NAME")
	}
}

func TestFunctionsWithoutAProgramAreAskedFor(t *testing.T) {
	t.Parallel()
	dir := filepath.Dir(write(t, project.DefaultFile, shopFile))
	for _, args := range [][]string{{"chain", "validate"}, {"serve"}} {
		cli(t, append(args, "--dir", dir)...).failed(t, 1, `unknown function "quote.price"`, "functions need a program: a go.mod")
	}
}

func TestValidateListsAllErrorsWithTheirPlaces(t *testing.T) {
	t.Parallel()
	path := write(t, "wrong.yaml", wrongFile)
	got := cli(t, "chain", "validate", path)
	got.failed(t, 1, path+":2:5: chains[0]: ", path+`:4:5: chains[0]: unknown field "stps"; did you mean "steps"?`)
	if got.out != "" || !strings.HasPrefix(got.err, path) {
		t.Errorf("got %+v", got)
	}
}

func TestValidateAsJSON(t *testing.T) {
	t.Parallel()
	var right, wrong verdict
	path := write(t, "shop.yaml", shopFile)
	if err := json.Unmarshal([]byte(cli(t, "chain", "validate", "--json", path).ok(t).out), &right); err != nil {
		t.Fatal(err)
	}
	if !right.OK || right.File != path || len(right.Chains) != 1 || right.Chains[0].Type != "homing.shop" ||
		right.Chains[0].Method+right.Chains[0].Path != "PUT/shop" || right.Chains[0].Steps[0] != "price" {
		t.Errorf("got %+v", right)
	}
	path = write(t, "wrong.yaml", wrongFile)
	got := cli(t, "chain", "validate", "--json", path)
	if err := json.Unmarshal([]byte(got.out), &wrong); err != nil || got.code != 1 || got.err != "" {
		t.Fatalf("got %+v, %v", got, err)
	}
	last := wrong.Errors[len(wrong.Errors)-1]
	if wrong.OK || len(wrong.Chains) > 0 || last.Line != 4 || last.Column != 5 || last.Suggestion != "steps" {
		t.Errorf("got %+v", wrong)
	}
}

func TestWrongFileIsNotServedInvokedOrDrawn(t *testing.T) {
	t.Parallel()
	path := write(t, "wrong.yaml", wrongFile)
	for _, args := range [][]string{
		{"serve", "--chain", path}, {"invoke", "a", "--chain", path}, {"chain", "graph", path},
	} {
		cli(t, args...).failed(t, 1, "the chains are invalid:\n"+path+":2:5:", `"stps"`)
	}
}

func TestGraph(t *testing.T) {
	t.Parallel()
	all := cli(t, "chain", "graph").ok(t).out
	golden(t, "graph.mmd", all)
	if again := cli(t, "chain", "graph").ok(t).out; again != all {
		t.Error("the graph differs from one run to the next")
	}
}

func TestGraphOfOneChain(t *testing.T) {
	t.Parallel()
	got := cli(t, "chain", "graph", "--chain", "thumbnail").ok(t).out
	if strings.Count(got, "subgraph ") != 1 || !strings.Contains(got, `subgraph c1["thumbnail"]`) {
		t.Errorf("got %s", got)
	}
	cli(t, "chain", "graph", "--chain", "thumbnial").failed(t, 2, `did you mean "thumbnail"?`, "homing chain validate")
}
