package knative_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	manifest "github.com/homing-dev/homing/internal/generate/knative"
	"github.com/homing-dev/homing/runtimes/knative"
)

// secretCommand is the command that makes the Secret, on a page or in a comment.
var secretCommand = regexp.MustCompile(`kubectl create secret generic .*`)

// create runs a documented command by kubectl itself, which needs no cluster to say
// what it would create.
func create(t *testing.T, line string) corev1.Secret {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", line+" --dry-run=client -o yaml")
	cmd.Env = append(os.Environ(), "KUBECONFIG="+os.DevNull)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v %s; `make needs` installs kubectl and openssl", line, err, stderr.String())
	}
	var secret corev1.Secret
	if err := yaml.UnmarshalStrict(out, &secret); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return secret
}

// takesSecret checks that every process starts with the Secret as it was created, and
// lets in whom that names.
func (m *manifests) takesSecret(t *testing.T, secret corev1.Secret) {
	t.Helper()
	values := map[string]string{}
	for key, value := range secret.Data {
		values[key] = string(value)
	}
	tokens := 0
	for _, s := range m.services {
		c := container(t, s)
		for _, v := range c.Env {
			if v.ValueFrom == nil || v.ValueFrom.SecretKeyRef == nil {
				continue
			}
			ref := v.ValueFrom.SecretKeyRef
			if _, there := values[ref.Key]; ref.Name != secret.Name || s.Namespace != secret.Namespace || !there {
				t.Errorf("%s reads the key %s of %s/%s, and that is not created", s.Name, ref.Key, s.Namespace, ref.Name)
			}
		}
		var environ []string
		for name, value := range completed(c, values) {
			environ = append(environ, name+"="+value)
		}
		cfg, err := knative.FromEnv(environ)
		if err != nil {
			t.Errorf("%s does not start: %v", s.Name, err)
		}
		tokens += len(cfg.Tokens)
	}
	if tokens != 1 {
		t.Errorf("%d tokens let somebody in", tokens)
	}
}

// TestTheSecretThatIsDocumentedIsTaken runs every command that makes the Secret.
func TestTheSecretThatIsDocumentedIsTaken(t *testing.T) {
	t.Parallel()
	made := 0
	for _, opts := range []manifest.Options{{}, {Store: manifest.StoreRedis}, {App: "shop", Namespace: "sales"}} {
		files, err := manifest.Manifests(chains(t), opts)
		if err != nil {
			t.Fatal(err)
		}
		shapes := generated(t, opts)
		for _, f := range files {
			text := strings.ReplaceAll(string(f.Data), "\\\n#     ", "")
			for _, line := range secretCommand.FindAllString(text, -1) {
				shapes[manifest.Shape(filepath.Dir(f.Name))].takesSecret(t, create(t, line))
				made++
			}
		}
	}
	if want := 3 * len(manifest.Shapes()); made != want {
		t.Errorf("%d commands were found in comments, want %d", made, want)
	}
	for page, app := range map[string]string{"README.md": "homing", "docs/guides/knative.md": "shop"} {
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(page)))
		if err != nil {
			t.Fatal(err)
		}
		lines := slices.DeleteFunc(secretCommand.FindAllString(string(text), -1), func(line string) bool {
			return !strings.Contains(line, "reply-keys=") // that of another platform
		})
		if len(lines) != 1 {
			t.Fatalf("%s makes the Secret by %q", page, lines)
		}
		secret := create(t, lines[0])
		secret.Namespace = "default" // that of kubectl's context
		for shape, m := range generated(t, manifest.Options{App: app}) {
			if shape != manifest.Inline {
				m.takesSecret(t, secret)
			}
		}
	}
}
