package aws_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/homing-dev/homing/tests/moto"
)

// sources is the stack that the SAM CLI makes for what it uploads. moto's comes
// without its tags, so it is there before.
const sources = `{"Resources": {"B": {"Type": "AWS::S3::Bucket"}}, "Outputs": {"SourceBucket": {"Value": {"Ref": "B"}}}}`

// account is moto behind a proxy that keeps what was asked of CloudFormation and the
// templates that were uploaded.
type account struct {
	*httptest.Server

	mu        sync.Mutex
	changes   []url.Values
	templates []string
}

func startAccount(t *testing.T) *account {
	t.Helper()
	server, err := moto.StartAll(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	target, err := url.Parse(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	a := &account{}
	proxy := httputil.NewSingleHostReverseProxy(target)
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		a.keep(r, string(body))
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(a.Close)
	form := url.Values{
		"Action": {"CreateStack"}, "Version": {"2010-05-15"}, "StackName": {"aws-sam-cli-managed-default"}, "TemplateBody": {sources},
		"Tags.member.1.Key": {"ManagedStackSource"}, "Tags.member.1.Value": {"AwsSamCli"},
	}
	call(t, http.MethodPost, a.URL+"/", form.Encode(), "Content-Type", "application/x-www-form-urlencoded",
		"Authorization", "AWS4-HMAC-SHA256 Credential=testing/20261127/us-east-1/cloudformation/aws4_request, SignedHeaders=host, Signature=0").is(t, http.StatusOK)
	return a
}

func (a *account) keep(r *http.Request, body string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, ".template") {
		a.templates = append(a.templates, body)
	}
	if form, err := url.ParseQuery(body); err == nil && form.Get("Action") == "CreateChangeSet" {
		a.changes = append(a.changes, form)
	}
}

// `sam deploy --guided` never took Enter for the tokens, asked twice whether it is
// okay that everybody may call, and took Enter for a no. moto cannot make the change
// set itself, as its server does not find the template that it was given.
func TestEnterAloneDeploysWhatIsNotOpen(t *testing.T) {
	t.Parallel()
	a := startAccount(t)
	dir := t.TempDir()
	for name, text := range map[string]string{
		"samconfig.toml": sample(t, "samconfig.toml"), "template.yaml": sample(t, "template.yaml"),
		"bootstrap": "not built, as moto does not run it\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	sam, err := filepath.Abs(filepath.Join(root, ".tools", "sam", "bin", "sam"))
	if err != nil {
		t.Fatal(err)
	}
	script, err := filepath.Abs(filepath.Join("guided", "enter.py"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "python3", script, sam, "deploy", "--guided")
	cmd.Dir, cmd.Env = dir, clean("SAM_CLI_TELEMETRY=0", "AWS_DEFAULT_REGION=us-east-1", "AWS_ENDPOINT_URL="+a.URL, "HOME="+dir, "TERM=dumb",
		"AWS_ACCESS_KEY_ID=testing", "AWS_SECRET_ACCESS_KEY=testing")
	out, _ := cmd.CombinedOutput() // moto fails at its end
	shown := regexp.MustCompile(`\x1b\[[0-9;]*m`).ReplaceAllString(string(out), "")
	for _, question := range []string{"has no authentication", "Parameter Tokens", "Security Constraints"} {
		if strings.Contains(shown, question) {
			t.Errorf("it shows %q", question)
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.changes) != 1 || a.changes[0].Get("StackName") != "homing" || len(a.templates) != 1 {
		t.Fatalf("%d change sets were asked for, %d templates sent:\n%s", len(a.changes), len(a.templates), shown)
	}
	if authorizer := parameterOf(a.changes[0], "Authorizer"); authorizer != "none" {
		t.Errorf("Authorizer is %q", authorizer)
	}
	if open := parameterOf(a.changes[0], "Open"); open != "false" || parameterOf(a.changes[0], "TokenSecret") != "" {
		t.Errorf("Open is %q", open)
	}
	if !strings.Contains(a.templates[0], "GenerateSecretString") {
		t.Error("the template makes no token")
	}
}

// parameterOf is a parameter of a change set.
func parameterOf(form url.Values, name string) string {
	for key, values := range form {
		if strings.HasSuffix(key, ".ParameterKey") && values[0] == name {
			return form.Get(strings.TrimSuffix(key, "Key") + "Value")
		}
	}
	return "(none)"
}
