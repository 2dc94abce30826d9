package aws_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/homing-dev/homing/adapter/reply/dynamodb"
	"github.com/homing-dev/homing/internal/emulator/gateway"
	"github.com/homing-dev/homing/internal/httpevent"
	"github.com/homing-dev/homing/tests/freeport"
	"github.com/homing-dev/homing/tests/internal/wait"
)

// rieBinary is the Runtime Interface Emulator of AWS, which the SAM CLI brings.
func rieBinary(t *testing.T) string {
	t.Helper()
	venv := os.Getenv("HOMING_SAM")
	if venv == "" {
		venv = filepath.Join(root, ".tools", "sam")
	}
	arch := map[string]string{"amd64": "x86_64", "arm64": "arm64"}[runtime.GOARCH]
	pattern := filepath.Join(venv, "lib", "python3*", "site-packages", "samcli", "local", "rapid", "aws-lambda-rie-"+arch)
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) == 0 {
		t.Fatalf("there is no %s: run make sam", pattern)
	}
	return found[0]
}

// rie is a function in that emulator. It runs one call at a time, answers async
// ones when they have run, and knows its function by one name only.
type rie struct{ url string }

const rieName = "function"

func startRIE(t *testing.T, env ...string) rie {
	t.Helper()
	address, api := freeAddress(t), freeAddress(t)
	abs, err := filepath.Abs(rieBinary(t))
	if err != nil {
		t.Fatal(err)
	}
	var out text
	cmd := exec.Command(abs, "--runtime-interface-emulator-address", address, "--runtime-api-address", api, bootstrap)
	cmd.Env = clean(append(env, "AWS_LAMBDA_FUNCTION_NAME="+rieName, "AWS_LAMBDA_FUNCTION_TIMEOUT=60", "AWS_REGION=us-east-1",
		"AWS_ACCESS_KEY_ID=local", "AWS_SECRET_ACCESS_KEY=local", "AWS_ENDPOINT_URL_DYNAMODB="+tables, "AWS_EC2_METADATA_DISABLED=true")...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = t.TempDir(), &out, &out
	cmd.SysProcAttr = group()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		killGroup(cmd.Process.Pid) // the function, too
		_ = cmd.Wait()             // was killed
		if t.Failed() {
			t.Logf("%v\n%s", env, excerpt(out.String()))
		}
	})
	wait.Eventually(t, "the address of the emulator", func() bool {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	return rie{"http://" + address}
}

// freeAddress is one on loopback that is free, and that nobody else takes until the
// test ends.
func freeAddress(t *testing.T) string {
	t.Helper()
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(freeport.Take(t)))
}

// call sends a call as an HTTP API would.
func (r rie) call(t *testing.T, method, path, body string, headers ...string) answer {
	t.Helper()
	req := httptest.NewRequest(method, path, strings.NewReader(body))
	switch { // what the samples consume, unless the call says otherwise
	case strings.Contains(path, "/quote"):
		req.Header.Set("Content-Type", "application/json")
	case strings.Contains(path, "/thumbnail"):
		req.Header.Set("Content-Type", http.DetectContentType([]byte(body)))
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	event, err := gateway.Encode(req, []byte(body), gateway.EncodeOptions{Source: httpevent.HTTPAPI, Stage: "$default", RouteKey: "$default"})
	if err != nil {
		t.Fatal(err)
	}
	raw := call(t, http.MethodPost, r.url+"/2015-03-31/functions/"+rieName+"/invocations", string(event))
	var out struct {
		StatusCode      int
		Headers         map[string]string
		Body            string
		IsBase64Encoded bool
	}
	if err := json.Unmarshal([]byte(raw.body), &out); err != nil || out.StatusCode == 0 {
		t.Fatalf("%v in %d %s", err, raw.status, excerpt(raw.body))
	}
	a := answer{status: out.StatusCode, header: http.Header{}, body: out.Body, took: raw.took}
	for name, value := range out.Headers {
		a.header.Set(name, value)
	}
	if out.IsBase64Encoded {
		data, err := base64.StdEncoding.DecodeString(out.Body)
		if err != nil {
			t.Fatal(err)
		}
		a.body = string(data)
	}
	return a
}

// newTable creates a table for the replies.
func newTable(t *testing.T) string {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	client := awsdynamodb.NewFromConfig(aws.Config{
		Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
		HTTPClient: &http.Client{Transport: transport}, BaseEndpoint: aws.String(tables),
	})
	name := fmt.Sprintf("rie%d", stacks.Add(1))
	if _, err := client.CreateTable(t.Context(), dynamodb.Schema(name, false)); err != nil {
		t.Fatal(err)
	}
	wait.Eventually(t, "the table", func() bool {
		out, err := client.DescribeTable(context.WithoutCancel(t.Context()), &awsdynamodb.DescribeTableInput{TableName: &name})
		return err == nil && out.Table.TableStatus == "ACTIVE"
	})
	return name
}

// In AWS's own emulator the same program gives the same replies, in every
// shape, each function in an emulator of its own. In the shape split that is
// chain quote alone: all that a function there can reach is one other.
func TestRepliesAreEqualInTheEmulatorOfAWS(t *testing.T) {
	t.Parallel()
	all := inputs(t)
	want := expected(t, all)
	compare := func(t *testing.T, r rie, chains string) {
		t.Helper()
		for _, in := range all {
			if !strings.HasPrefix(in.path, chains) {
				continue
			}
			got := r.call(t, http.MethodPost, in.path, in.body, in.headers...)
			got.header.Del("Content-Length") // net/http's own, behind a gateway
			expected := want[in.name]
			expected.header = expected.header.Clone()
			expected.header.Del("Content-Length")
			same(t, in.name, got, expected)
		}
	}
	t.Run(inline, func(t *testing.T) {
		t.Parallel()
		compare(t, startRIE(t, "HOMING_ROLE=all", "HOMING_TABLE="+newTable(t)), "/")
	})
	t.Run(vertex, func(t *testing.T) {
		t.Parallel()
		table := "HOMING_TABLE=" + newTable(t)
		v := startRIE(t, "HOMING_ROLE=vertex", table)
		compare(t, startRIE(t, "HOMING_ROLE=adapter", table, "HOMING_VERTICES=*="+rieName, "AWS_ENDPOINT_URL_LAMBDA="+v.url), "/")
	})
	t.Run(split, func(t *testing.T) {
		t.Parallel()
		table := "HOMING_TABLE=" + newTable(t)
		price := startRIE(t, "HOMING_ROLE=vertex", table, "HOMING_STEPS=quote.price")
		enrich := startRIE(t, "HOMING_ROLE=vertex", table, "HOMING_STEPS=quote.enrich", "HOMING_VERTICES=quote.price="+rieName, "AWS_ENDPOINT_URL_LAMBDA="+price.url)
		validate := startRIE(t, "HOMING_ROLE=vertex", table, "HOMING_STEPS=quote.validate", "HOMING_VERTICES=quote.enrich="+rieName, "AWS_ENDPOINT_URL_LAMBDA="+enrich.url)
		compare(t, startRIE(t, "HOMING_ROLE=adapter", table, "HOMING_VERTICES=quote.validate="+rieName+",thumbnail.*=none", "AWS_ENDPOINT_URL_LAMBDA="+validate.url), "/quote")
	})
}
