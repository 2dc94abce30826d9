package main

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/spf13/cobra"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/cmd/homing/internal/console"
	"github.com/homing-dev/homing/cmd/homing/internal/redrive"
)

// cloud speaks the protocols of SQS and Lambda, for one queue.
type cloud struct {
	*httptest.Server

	mu       sync.Mutex
	messages []*cloudMessage
	invoked  []string          // payloads
	names    []string          // of the functions
	refuse   map[string]string // error codes, by operation
	hidden   int               // messages that somebody else holds
	environ  []string          // more of it
}

type cloudMessage struct {
	id, body, receipt string
	visible           time.Time
	receives          int
}

func newCloud(t *testing.T, bodies ...string) *cloud {
	t.Helper()
	c := &cloud{refuse: map[string]string{}}
	for i, body := range bodies {
		c.messages = append(c.messages, &cloudMessage{id: fmt.Sprintf("message-%d", i), body: body})
	}
	c.Server = httptest.NewServer(c)
	t.Cleanup(c.Close)
	return c
}

func (c *cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	_, operation, isQueue := strings.Cut(r.Header.Get("X-Amz-Target"), "AmazonSQS.")
	if !isQueue {
		operation = "Invoke"
	}
	if code := c.refuse[operation]; code != "" {
		w.Header().Set("X-Amzn-Errortype", code)
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprintf(w, `{"__type":"com.amazonaws#%s","message":"no, by the test"}`, code)
		return
	}
	if !isQueue {
		name := strings.TrimSuffix(strings.TrimPrefix(r.URL.EscapedPath(), "/2015-03-31/functions/"), "/invocations")
		name, _ = url.PathUnescape(name)
		c.invoked, c.names = append(c.invoked, string(body)), append(c.names, name)
		w.WriteHeader(http.StatusAccepted)
		return
	}
	var in struct {
		ReceiptHandle       string
		VisibilityTimeout   int
		MaxNumberOfMessages int
	}
	_ = json.Unmarshal(body, &in)
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	answer, _ := json.Marshal(c.answer(operation, in.ReceiptHandle, in.VisibilityTimeout, in.MaxNumberOfMessages)) //nolint:errchkjson // maps of strings
	_, _ = w.Write(answer)
}

func (c *cloud) answer(operation, receipt string, visibility, most int) map[string]any {
	until := time.Now().Add(time.Duration(visibility) * time.Second)
	messages := []map[string]any{}
	for i, m := range c.messages {
		switch {
		case operation == "ReceiveMessage" && !m.visible.After(time.Now()) && len(messages) < most:
			m.receives++
			m.receipt, m.visible = m.id+"/"+strconv.Itoa(m.receives), until
			sum := md5.Sum([]byte(m.body))
			messages = append(messages, map[string]any{
				"MessageId": m.id, "ReceiptHandle": m.receipt, "Body": m.body, "MD5OfBody": hex.EncodeToString(sum[:]),
				"Attributes": map[string]string{"SentTimestamp": strconv.FormatInt(time.Now().Add(-time.Hour).UnixMilli(), 10)},
			})
		case operation == "ChangeMessageVisibility" && m.receipt == receipt:
			m.visible = until
		case operation == "DeleteMessage" && m.receipt == receipt:
			c.messages = append(c.messages[:i:i], c.messages[i+1:]...)
			return map[string]any{}
		}
	}
	switch operation {
	case "ReceiveMessage":
		return map[string]any{"Messages": messages}
	case "GetQueueAttributes":
		return map[string]any{"Attributes": map[string]string{
			"ApproximateNumberOfMessagesNotVisible": strconv.Itoa(c.held() + c.hidden),
		}}
	default:
		return map[string]any{}
	}
}

// held is how many messages are hidden.
func (c *cloud) held() int {
	n := 0
	for _, m := range c.messages {
		if m.visible.After(time.Now()) {
			n++
		}
	}
	return n
}

// left checks that the queue holds that many messages and hides none.
func (c *cloud) left(t *testing.T, n int) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.messages) != n || c.held() != 0 {
		t.Errorf("%d messages are left and %d hidden, want %d", len(c.messages), c.held(), n)
	}
}

// connect returns clients of the SDK for the cloud.
func (c *cloud) connect(context.Context, string) (redrive.Queue, redrive.Invoker, error) {
	cfg := aws.Config{
		Region: "eu-west-1", BaseEndpoint: aws.String(c.URL), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
		HTTPClient:  c.Client(),
	}
	return sqs.NewFromConfig(cfg), lambda.NewFromConfig(cfg), nil
}

const lettersURL = "https://sqs.eu-west-1.amazonaws.com/123456789012/letters"

// deadletter runs `homing deadletter` on the cloud.
func (c *cloud) deadletter(t *testing.T, terminal bool, args ...string) ended {
	t.Helper()
	var out, errs bytes.Buffer
	a := &app{exists: exists, environ: append([]string{deadLettersVariable + "=" + lettersURL}, c.environ...), Console: console.Console{
		In:  strings.NewReader(""),
		Out: console.Stream{Writer: &out, Terminal: terminal},
		Err: console.Stream{Writer: &errs, Terminal: terminal},
	}}
	cmd := &cobra.Command{Use: "homing", SilenceErrors: true, SilenceUsage: true}
	cmd.AddCommand(deadLetters{app: a, connect: c.connect}.command())
	cmd.SetArgs(append([]string{"deadletter"}, args...))
	cmd.SetOut(a.Out)
	cmd.SetErr(a.Err)
	return ended{a.report(cmd.ExecuteContext(t.Context())), out.String(), errs.String()}
}

const deadFunction = "arn:aws:lambda:eu-west-1:123456789012:function:quote-vertex"

// deadEvent is the event of a request; attributes is put into it.
func deadEvent(id reply.ID, deadline time.Time, attributes string) string {
	return fmt.Sprintf(`{"specversion":"1.0","id":%q,"source":"/chains/quote","type":"homing.quote","expirytime":%q,`+
		`"replyto":"store:","routingslip":"quote.price,",%s}`, id, deadline.UTC().Format(time.RFC3339), attributes)
}

// deadRecord is the destination record of it.
func deadRecord(invocation, event string) string {
	return fmt.Sprintf(`{"version":"1.0","timestamp":%q,"requestContext":{"requestId":%q,"functionArn":%q,`+
		`"condition":"RetriesExhausted","approximateInvokeCount":3},"requestPayload":%s,"responseContext":{"statusCode":200,`+
		`"functionError":"Unhandled"},"responsePayload":{"errorType":"Sandbox.Timedout","errorMessage":"Task timed out after 3.00 seconds"}}`,
		time.Now().Add(-2*time.Hour).UTC().Format(time.RFC3339), invocation, deadFunction+":$LATEST", event)
}

func deadID() reply.ID { return reply.NewID(time.Now(), 7) }
