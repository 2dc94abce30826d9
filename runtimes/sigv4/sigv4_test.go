package sigv4_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes/sigv4"
)

func environment(t *testing.T, id, region string) {
	t.Helper()
	none := t.TempDir() + "/none"
	for name, value := range map[string]string{
		"AWS_REGION": region, "AWS_ACCESS_KEY_ID": id, "AWS_SECRET_ACCESS_KEY": id, "AWS_SESSION_TOKEN": "", "AWS_DEFAULT_REGION": "",
		"AWS_CONFIG_FILE": none, "AWS_SHARED_CREDENTIALS_FILE": none, "AWS_EC2_METADATA_DISABLED": "true", "AWS_PROFILE": "",
	} {
		t.Setenv(name, value)
	}
}

func call(t *testing.T, url string) (*event.Event, error) {
	t.Helper()
	client := carrier.NewClient(carrier.Options{})
	defer client.Close()
	step := sigv4.RemoteSteps()["sigv4"](client, functions.Step{
		URL: url, Auth: functions.Auth{SigV4: "execute-api"}, Headers: map[string]string{"X-Shop": "berne"}, Answers: functions.AnswersJSON,
	})
	in := event.New()
	in.SetID("1")
	in.SetSource("/s")
	in.SetType("t")
	in.SetExtension("shop", "übersee")
	_ = in.SetData("application/json", []byte(`{"n":1}`))
	return step(t.Context(), in)
}

// verify signs what has come once more, from what only the wire has.
func verify(t *testing.T, r *http.Request, body []byte) {
	t.Helper()
	form := regexp.MustCompile(`^AWS4-HMAC-SHA256 Credential=id/\d{8}/eu-west-1/execute-api/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=`)
	found := form.FindStringSubmatch(r.Header.Get("Authorization"))
	if found == nil {
		t.Fatalf("it has %s", r.Header.Get("Authorization"))
	}
	again, err := http.NewRequestWithContext(t.Context(), r.Method, "http://"+r.Host+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name := range strings.SplitSeq(found[1], ";") {
		if name != "host" && name != "content-length" {
			again.Header[http.CanonicalHeaderKey(name)] = r.Header.Values(name)
		}
	}
	at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if err != nil {
		t.Fatal(err)
	}
	err = v4.NewSigner().SignHTTP(t.Context(), aws.Credentials{AccessKeyID: "id", SecretAccessKey: "id"}, again, sigv4.Hash(body), "execute-api", "eu-west-1", at)
	if err != nil || again.Header.Get("Authorization") != r.Header.Get("Authorization") {
		t.Errorf("the signature is %s, want %s (%v)", r.Header.Get("Authorization"), again.Header.Get("Authorization"), err)
	}
	for _, must := range []string{"ce-id", "ce-shop", "x-shop", "content-type"} {
		if !strings.Contains(found[1], must) {
			t.Errorf("%s is not signed", must)
		}
	}
}

func TestACallIsSigned(t *testing.T) { //nolint:paralleltest // the SDK is configured by the environment
	environment(t, "id", "eu-west-1")
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		verify(t, r, body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body)
	}))
	defer srv.Close()
	out, err := call(t, srv.URL+"/a%2Fb/c?x=1&y=ü")
	if err != nil || string(out.DataEncoded) != `{"n":1}` {
		t.Errorf("got %v, %v", out, err)
	}
}

func TestWithoutCredentialsTheStepIsUnreachable(t *testing.T) { //nolint:paralleltest // as above
	for name, tt := range map[string]struct{ id, region, want string }{
		"credentials": {"", "eu-west-1", "credentials"}, "region": {"id", "", "set AWS_REGION"},
	} {
		t.Run(name, func(t *testing.T) { //nolint:paralleltest // as above
			environment(t, tt.id, tt.region)
			out, err := call(t, "http://127.0.0.1:1/")
			var own *functions.Error
			if out != nil || !errors.As(err, &own) || own.StatusCode() != http.StatusBadGateway || !strings.Contains(own.Cause.Error(), tt.want) {
				t.Errorf("got %v, %v", out, err)
			}
		})
	}
}

func TestRegionOfAHost(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]string{
		"abc.execute-api.us-east-2.amazonaws.com": "us-east-2", "abc.execute-api.cn-north-1.amazonaws.com.cn": "cn-north-1",
		"abc.lambda-url.eu-central-1.on.aws": "eu-central-1", "api.shop.example": "", "execute-api.us-east-2.amazonaws.com.evil.example": "",
	} {
		if got := sigv4.RegionOf(host); got != want {
			t.Errorf("%s: got %q, want %q", host, got, want)
		}
	}
}
