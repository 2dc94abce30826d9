package template_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/homing-dev/homing/internal/emulator/template"
)

func public(t *testing.T, name string) template.Stack {
	t.Helper()
	stack, err := template.Load(filepath.Join("testdata", "public", name), nil, template.Options{StackName: "app"})
	if err != nil {
		t.Fatal(err)
	}
	return stack
}

// Of nine templates as quick starts have them seven were refused.
func TestTemplatesInTheStyleOfQuickStartsAreRun(t *testing.T) {
	t.Parallel()
	hello := public(t, "hello.yaml")
	f := hello.Functions[0]
	for name, want := range map[string]string{
		"GREETING": "Hello", "ADDRESS": "Hello there from app in us-east-1 at dev", "LITERAL": "${Greeting} is a name",
	} {
		if got := f.Environment[name]; got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if len(hello.APIs) != 1 || hello.APIs[0].Stage != "Prod" || len(hello.APIs[0].Routes) != 2 || !strings.HasSuffix(hello.Outputs[0].Value, "/Prod/hello/") {
		t.Errorf("got %+v, %+v", hello.APIs, hello.Outputs)
	}
	if got := strings.Join(hello.Ignored, " "); !strings.Contains(got, "HelloFunction.Properties.Layers") || !strings.Contains(got, "Resources.Shared") {
		t.Errorf("the layers are left out without a word: %q", got)
	}

	items := public(t, "items.yaml")
	var routes []string
	for _, api := range items.APIs {
		for _, r := range api.Routes {
			routes = append(routes, api.ID+" "+r.Method+" "+r.Path+" "+r.Function)
		}
	}
	want := []string{"Http PUT /items/{id} app-Put", "Http ANY $default app-Rest", "ServerlessHttpApi ANY $default app-Rest"}
	if !slices.Equal(routes, want) || items.Functions[0].MemoryMB != 512 || items.Functions[0].Environment["BUCKET_ARN"] != "arn:aws:s3:::app-Pictures/*" {
		t.Errorf("routes %q, %+v", routes, items.Functions[0])
	}
}

// What no service sends here is sent by hand, to the name of the topic or of the event.
func TestEventsOfQuickStarts(t *testing.T) {
	t.Parallel()
	var got []string
	for _, name := range []string{"jobs.yaml", "items.yaml"} {
		for _, tr := range public(t, name).Triggers {
			got = append(got, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", tr.ID, tr.Function[strings.LastIndex(tr.Function, ":")+1:], tr.Kind, tr.Input)))
		}
	}
	slices.Sort(got)
	want := []string{
		`ClockNightly app-Clock schedule {"job":"nightly"}`, `ClockOld app-Clock  {"from":"rule"}`, "ClockPlaced app-Clock", "ClockTick app-Clock schedule",
		"Orders app-Audit message", "Orders app-Listener message", "Orders app-Work message", "ThumbnailChanged app-Thumbnail", "ThumbnailCreated app-Thumbnail",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if ignored := public(t, "jobs.yaml").Ignored; !slices.Contains(ignored, "Resources.Orders.Properties.Subscription[1]") {
		t.Errorf("an address of mail is left out without a word: %q", ignored)
	}
}

// What cannot be run is named in a line, with what to change.
func TestWhatStaysRefusedSaysWhatToChange(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ text, want string }{
		"another runtime": {"Resources: {F: {Type: AWS::Serverless::Function, Properties: {Runtime: ruby3.4}}}", "build the function as one, or try it with sam local"},
		"an image":        {function("PackageType: Image"), "only Zip"},
		"an authorizer":   {function("Events: {A: {Type: HttpApi, Properties: {Auth: {Authorizer: jwt}}}}"), "leave Auth out here by !If on a parameter"},
		"a state machine": {"Resources: {M: {Type: AWS::Serverless::StateMachine}}", "leave it out here by a Condition on a parameter"},
		"a FIFO queue":    {"Resources: {Q: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true}}}", "make it a standard one here by !If on a parameter"},
		"an import":       {queue("!ImportValue other"), "put a parameter in its place"},
		"a file system":   {function("FileSystemConfigs: []"), "leave it out here by !If on a parameter"},
		"a name in SSM":   {"Parameters: {P: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /a}}\n" + queue("q"), "give the parameter a value"},
	} {
		_, err := template.Parse("t.yaml", "/srv", []byte(tc.text), nil, template.Options{})
		if err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
