package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/smithy-go"
)

func TestErrorsOfAWSHaveWhatToDo(t *testing.T) {
	t.Parallel()
	for code, text := range map[string]string{
		"QueueDoesNotExist":      "sam list stack-outputs",
		"AccessDenied":           "sqs:ReceiveMessage",
		"ExpiredToken":           "aws sso login",
		"InvalidClientTokenId":   "aws sso login",
		"OverLimit":              "try again",
		"KmsAccessDenied":        "kms:Decrypt",
		"SomethingOfTheFuture":   "SomethingOfTheFuture",
		"InternalFailureOfTheir": "no, by the test",
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			for _, args := range [][]string{{"list"}, {"show", "x"}, {"redrive", "--all"}} {
				c := newCloud(t, "hello")
				c.refuse["ReceiveMessage"] = code
				got := c.deadletter(t, false, args...)
				if got.code != 1 || !strings.Contains(got.err, text) || !strings.Contains(got.err, lettersURL) {
					t.Errorf("got %+v", got)
				}
			}
		})
	}
	c := newCloud(t)
	c.Close()
	if got := c.deadletter(t, false, "list"); got.code != 1 || !strings.Contains(got.err, "AWS_ENDPOINT_URL") {
		t.Errorf("got %+v", got)
	}
	for _, err := range []error{nil, errors.New("other")} {
		if got := explainAWS(err); !errors.Is(got, err) {
			t.Errorf("%v becomes %v", err, got)
		}
	}
	if got := explainAWS(fmt.Errorf("x: %w", &net.DNSError{})); !strings.Contains(fmt.Sprintf("%+v", got), "x: ") {
		t.Errorf("got %v", got)
	}
	if remedy((&smithy.GenericAPIError{Code: "AWS.SimpleQueueService.NonExistentQueue"}).ErrorCode()) == "" {
		t.Error("the older name of a missing queue is not known")
	}
}

func TestRegionIsThatOfTheQueue(t *testing.T) {
	t.Parallel()
	for queue, want := range map[string]string{
		lettersURL: "eu-west-1",
		"https://sqs.cn-north-1.amazonaws.com.cn/1/q": "cn-north-1",
		"http://127.0.0.1:9324/1/q":                   "",
		"https://queue.example.com/1/q":               "",
		"https://sqs.amazonaws.com/1/q":               "",
		":":                                           "",
	} {
		if got := regionOf(queue); got != want {
			t.Errorf("%s: got %q", queue, got)
		}
	}
}

// awsEnvironment is one in which no tool of AWS is configured.
func awsEnvironment(t *testing.T) {
	t.Helper()
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, "")
		}
	}
	none := filepath.Join(t.TempDir(), "none")
	t.Setenv("AWS_CONFIG_FILE", none)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", none)
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
}

func TestConfigurationOfAWSIsUsed(t *testing.T) {
	awsEnvironment(t)
	c := newCloud(t, deadRecord("invocation-1", deadEvent(deadID(), time.Now().Add(time.Hour), jsonData)))
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": c.URL, "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret",
	} {
		t.Setenv(name, value)
	}
	if _, _, err := connectAWS(t.Context(), lettersURL); err != nil {
		t.Fatal(err)
	}
	queue := c.URL + "/123456789012/letters"
	if _, _, err := connectAWS(t.Context(), queue); err == nil || !strings.Contains(err.Error(), "region") {
		t.Errorf("without a region: got %v", err)
	}
	t.Setenv("AWS_REGION", "eu-west-1")
	if _, _, err := connectAWS(t.Context(), queue); err != nil {
		t.Errorf("with a region: got %v", err)
	}
	d := deadLetters{app: &app{environ: []string{deadLettersVariable + "=" + lettersURL}}, connect: connectAWS}
	at, err := d.open(t.Context(), &place{})
	if err != nil || at.lambda == nil {
		t.Fatal(err)
	}
	entries, _, err := d.read(t.Context(), at.letters, nil)
	if err != nil || len(entries) != 1 {
		t.Errorf("got %+v, %v", entries, err)
	}
}

func TestMissingCredentialsAndProfilesAreErrors(t *testing.T) {
	awsEnvironment(t)
	if _, _, err := connectAWS(t.Context(), lettersURL); err == nil || !strings.Contains(err.Error(), "no credentials") {
		t.Errorf("got %v", err)
	}
	t.Setenv("AWS_PROFILE", "missing")
	if _, _, err := connectAWS(t.Context(), lettersURL); err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("got %v", err)
	}
}
