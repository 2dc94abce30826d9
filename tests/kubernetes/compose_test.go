package kubernetes_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

// composed reads a file as Compose does, by its schema, with the file .env that its
// comment has a shell write.
func composed(t *testing.T) *types.Project {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "infra", "compose", "compose.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	shell := exec.CommandContext(t.Context(), "sh", "-euc", strings.TrimPrefix(regexp.MustCompile("(?m)^#   echo .*$").FindString(string(text)), "#"))
	shell.Dir = t.TempDir()
	if out, err := shell.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	env, err := dotenv.Read(filepath.Join(shell.Dir, ".env"))
	if err != nil {
		t.Fatal(err)
	}
	project, err := compose(t, env)
	if err != nil {
		t.Fatal(err)
	}
	return project
}

func compose(t *testing.T, env types.Mapping) (*types.Project, error) {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", "..", "infra", "compose"))
	if err != nil {
		t.Fatal(err)
	}
	return loader.LoadWithContext(t.Context(), types.ConfigDetails{
		WorkingDir: dir, ConfigFiles: []types.ConfigFile{{Filename: filepath.Join(dir, "compose.yaml")}}, Environment: env,
	}, func(o *loader.Options) { o.SetProjectName("homing", true) })
}

func TestComposeNamesTheKeysThatAreMissing(t *testing.T) {
	t.Parallel()
	if _, err := compose(t, types.Mapping{}); err == nil || !strings.Contains(err.Error(), "HOMING_REPLY_KEYS") || !strings.Contains(err.Error(), ".env") {
		t.Errorf("got %v", err)
	}
}

// TestTheServicesOfComposeAnswer starts what Compose would: the store with its own
// arguments, and the others with their own environment.
func TestTheServicesOfComposeAnswer(t *testing.T) {
	t.Parallel()
	project := composed(t)
	var config []string
	for arg := range strings.SplitSeq(strings.Join(project.Services["replies"].Command[1:], " "), "--") {
		config = append(config, strings.TrimSpace(arg))
	}
	addr := store(t, config...)
	containers := make([]container, 0, len(project.Services))
	for _, name := range []string{"vertex", "adapter-1", "adapter-2"} {
		c := container{name, map[string]string{}}
		for key, value := range project.Services[name].Environment {
			c.env[key] = strings.ReplaceAll(*value, "replies:6379", addr)
		}
		containers = append(containers, c)
	}
	if len(project.Services) != 1+len(containers) {
		t.Errorf("there are other services in %v", project.ServiceNames())
	}
	calls(t, start(t, containers)[1:], "")
}

func TestTheServicesOfComposeMayDoNoMoreThanTheyNeed(t *testing.T) {
	t.Parallel()
	project := composed(t)
	ports := map[string]bool{}
	for name, s := range project.Services {
		for _, p := range s.Ports {
			if p.HostIP != "127.0.0.1" || ports[p.Published] {
				t.Errorf("%s is published at %s:%s", name, p.HostIP, p.Published)
			}
			ports[p.Published] = true
		}
		if name == "replies" {
			continue
		}
		if grace := time.Duration(*s.StopGracePeriod); !s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) || grace < 25*time.Second {
			t.Errorf("%s: read only is %v, dropped are %v, and it is killed after %s", name, s.ReadOnly, s.CapDrop, grace)
		}
		if !strings.Contains(s.Build.DockerfileInline, "USER 65532") {
			t.Errorf("%s is built by %s", name, s.Build.DockerfileInline)
		}
	}
	if len(ports) != 2 {
		t.Errorf("published are %v", ports)
	}
}
