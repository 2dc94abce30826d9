package project

import (
	"errors"
	"strings"
	"testing"

	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/internal/describe"
)

func TestAnAppOfAnotherVersionHasANextStep(t *testing.T) {
	t.Parallel()
	const module = describe.Module
	for name, tc := range map[string]struct{ app, own, want string }{
		"both released":    {"v0.1.0", "v0.2.0", "in the folder of the app: go get " + module + "@v0.2.0"},
		"tool from source": {"v0.1.0", describe.Development, "install the command of the app's version: go install " + module + "/cmd/homing@v0.1.0"},
		"app from source":  {describe.Development, "v0.2.0", "in the folder of the app: go get " + module + "@v0.2.0"},
		"changed sources":  {"v0.0.0-20260101000000-0123456789ab+dirty", describe.Development, "build both from the same source"},
	} {
		if got := sameVersion(tc.app, tc.own); got != tc.want {
			t.Errorf("%s: got %q", name, got)
		}
	}
}

func TestAnAppThatSpeaksAnotherFormatIsRefused(t *testing.T) {
	t.Parallel()
	err := check(describe.App{Format: describe.Format + 1}, "v0.9.0", "v0.2.0")
	own, ok := errors.AsType[*exit.Error](err)
	if !ok || !strings.Contains(err.Error(), "built with Homing v0.9.0, and this is v0.2.0") || !strings.Contains(own.Next, "go get") {
		t.Errorf("got %v, %+v", err, own)
	}
	if err := check(describe.App{Format: describe.Format}, "v0.9.0", "v0.2.0"); err != nil {
		t.Error(err)
	}
}

func TestWarningsNameWhatIsBuiltInBesideTheFile(t *testing.T) {
	t.Parallel()
	p := &Project{Dir: "testdata/app", Chain: "testdata/app/chain.yaml"}
	got := p.warnings(describe.App{Version: describe.Development, Chains: "chains: []"})
	if len(got) != 1 || !strings.Contains(got[0], "the app has other chains built in than testdata/app/chain.yaml") {
		t.Errorf("got %q", got)
	}
}
