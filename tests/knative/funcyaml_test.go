package knative_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

// funcFile is func.yaml with the keys that `func` knows (the tags of
// pkg/functions/function.go in knative/func). What is not listed is refused;
// what Homing has no use for is left untyped.
type funcFile struct {
	SpecVersion      string    `yaml:"specVersion"`
	Name             string    `yaml:"name"`
	Domain           string    `yaml:"domain"`
	Runtime          string    `yaml:"runtime"`
	Registry         string    `yaml:"registry"`
	RegistryInsecure bool      `yaml:"registryInsecure"`
	Image            string    `yaml:"image"`
	Namespace        string    `yaml:"namespace"`
	Deployer         string    `yaml:"deployer"`
	Created          time.Time `yaml:"created"`
	Invoke           string    `yaml:"invoke"`

	Build  funcBuild  `yaml:"build"`
	Run    funcRun    `yaml:"run"`
	Deploy funcDeploy `yaml:"deploy"`
}

type funcBuild struct {
	Git                any               `yaml:"git"`
	BuilderImages      map[string]string `yaml:"builderImages"`
	Buildpacks         []string          `yaml:"buildpacks"`
	Builder            string            `yaml:"builder"`
	BuildEnvs          []funcEnv         `yaml:"buildEnvs"`
	PVCSize            string            `yaml:"pvcSize"`
	RemoteStorageClass string            `yaml:"remoteStorageClass"`
	BaseImage          string            `yaml:"baseImage"`
	Volumes            any               `yaml:"volumes"`
}

type funcRun struct {
	Volumes      any       `yaml:"volumes"`
	Envs         []funcEnv `yaml:"envs"`
	StartTimeout string    `yaml:"startTimeout"`
	Kafka        any       `yaml:"kafka"`
}

type funcEnv struct {
	Name  string `yaml:"name"`
	Value string `yaml:"value"`
}

type funcDeploy struct {
	Namespace          string            `yaml:"namespace"`
	Image              string            `yaml:"image"`
	Annotations        map[string]string `yaml:"annotations"`
	Options            funcOptions       `yaml:"options"`
	Labels             any               `yaml:"labels"`
	HealthEndpoints    funcHealth        `yaml:"healthEndpoints"`
	ServiceAccountName string            `yaml:"serviceAccountName"`
	ImagePullSecret    string            `yaml:"imagePullSecret"`
	Deployer           string            `yaml:"deployer"`
	Subscriptions      any               `yaml:"subscriptions"`
	ManagementDisabled bool              `yaml:"managementDisabled"`
}

type funcHealth struct {
	Liveness  string `yaml:"liveness"`
	Readiness string `yaml:"readiness"`
}

type funcOptions struct {
	Scale struct {
		Min         int64   `yaml:"min"`
		Max         int64   `yaml:"max"`
		Metric      string  `yaml:"metric"`
		Target      float64 `yaml:"target"`
		Utilization float64 `yaml:"utilization"`
	} `yaml:"scale"`
	Resources struct {
		Requests struct {
			CPU    string `yaml:"cpu"`
			Memory string `yaml:"memory"`
		} `yaml:"requests"`
		Limits struct {
			CPU         string `yaml:"cpu"`
			Memory      string `yaml:"memory"`
			Concurrency int64  `yaml:"concurrency"`
		} `yaml:"limits"`
	} `yaml:"resources"`
}

func readFuncFile(t *testing.T) funcFile {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, "func.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	var f funcFile
	if err := dec.Decode(&f); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFuncFileIsWhatFuncTakes(t *testing.T) {
	t.Parallel()
	f := readFuncFile(t)
	for field, got := range map[string][2]string{
		"specVersion":   {f.SpecVersion, "0.36.0"},
		"name":          {f.Name, "homing"},
		"runtime":       {f.Runtime, "go"},
		"invoke":        {f.Invoke, "http"},
		"build.builder": {f.Build.Builder, "host"},
	} {
		if got[0] != got[1] {
			t.Errorf("%s is %q, want %q", field, got[0], got[1])
		}
	}
	if !regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`).MatchString(f.Name) {
		t.Errorf("func refuses the name %q", f.Name)
	}
	if f.Created.IsZero() {
		t.Error("func demands when the function was created")
	}
}

func TestFuncFileKeepsRepliesInOneProcess(t *testing.T) {
	t.Parallel()
	o := readFuncFile(t).Deploy.Options
	if o.Scale.Min != 1 || o.Scale.Max != 1 {
		t.Errorf("scales from %d to %d; the replies are in the memory of one process", o.Scale.Min, o.Scale.Max)
	}
	if o.Scale.Metric != "concurrency" || o.Scale.Target > float64(o.Resources.Limits.Concurrency) {
		t.Errorf("the target of %v %s is out of reach with a limit of %d", o.Scale.Target, o.Scale.Metric, o.Resources.Limits.Concurrency)
	}
}

// TestFuncFileNamesTheHealthPathsOfTheService asks the service that `func`
// would build at the paths that func.yaml has Kubernetes probe.
func TestFuncFileNamesTheHealthPathsOfTheService(t *testing.T) {
	t.Parallel()
	health := readFuncFile(t).Deploy.HealthEndpoints
	s := start(t)
	for path, body := range map[string]string{health.Readiness: "READY", health.Liveness: "ALIVE"} {
		if got := call(t, http.MethodGet, s.url+path, nil); got.status != http.StatusOK || string(got.body) != body {
			t.Errorf("%s: got %d %q, want 200 %s", path, got.status, got.body, body)
		}
	}
}
