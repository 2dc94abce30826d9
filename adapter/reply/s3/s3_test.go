package s3_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/replytest"
	"github.com/homing-dev/homing/adapter/reply/s3"
	"github.com/homing-dev/homing/tests/moto"
)

// client calls the server that the tests share, which has the bucket.
var client *sdk.Client

const bucket = "bodies"

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	server, err := moto.StartS3(ctx)
	if err != nil {
		return complain(err)
	}
	defer server.Stop()
	client = newClient(server.URL())
	_, err = client.CreateBucket(ctx, &sdk.CreateBucketInput{
		Bucket:                    aws.String(bucket),
		CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraintEuCentral1},
	})
	if err != nil {
		return complain(err)
	}
	return m.Run()
}

func complain(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}

func newClient(url string) *sdk.Client {
	return sdk.New(sdk.Options{
		Region: "eu-central-1", BaseEndpoint: aws.String(url), UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
	})
}

func newStore(t *testing.T, c s3.API, url string) *s3.Store {
	t.Helper()
	s, err := s3.New(c, url)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestABucketKeepsBodies(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"s3://bodies", "s3://bodies/a/prefix/"} {
		t.Run(url, func(t *testing.T) {
			t.Parallel()
			replytest.RunBodies(t, false, func(t *testing.T, _ replytest.Config) reply.Bodies {
				t.Helper()
				return newStore(t, client, url)
			})
		})
	}
}

func TestAnObjectIsBelowThePrefixAndItsRequest(t *testing.T) {
	t.Parallel()
	b := body("x")
	s := newStore(t, client, "s3://bodies/photos")
	if err := s.PutBody(t.Context(), b, []byte("x"), time.Now()); err != nil {
		t.Fatal(err)
	}
	key := fmt.Sprintf("photos/%s/%x", b.Request, b.Hash)
	if _, err := client.HeadObject(t.Context(), &sdk.HeadObjectInput{Bucket: aws.String(bucket), Key: &key}); err != nil {
		t.Error(err)
	}
	if s.Place() != "s3://bodies/photos/" {
		t.Error(s.Place())
	}
}

func TestABodyThatHasGrownIsNotReadWhole(t *testing.T) {
	t.Parallel()
	b := body("xy")
	s := newStore(t, client, "s3://bodies")
	if err := s.PutBody(t.Context(), b, []byte(strings.Repeat("x", 1<<20)), time.Now()); err != nil {
		t.Fatal(err)
	}
	if got, err := s.GetBody(t.Context(), b); err != nil || len(got) != 3 {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

func body(data string) reply.Body {
	return reply.Body{Request: reply.NewID(time.Now(), 1), Hash: sha256.Sum256([]byte(data)), Size: int64(len(data))}
}

func TestErrorsSayWhatIsWrong(t *testing.T) {
	t.Parallel()
	denied := newClient(answering(t, http.StatusForbidden, "AccessDenied"))
	for name, tt := range map[string]struct {
		store *s3.Store
		is    error
	}{
		"no right":  {newStore(t, denied, "s3://bodies"), reply.ErrNoRight},
		"no bucket": {newStore(t, client, "s3://nowhere"), nil},
		"no bodies": {newStore(t, client, "s3://bodies"), reply.ErrNoBody},
	} {
		_, err := tt.store.GetBody(t.Context(), body("x"))
		if err == nil || tt.is != nil && !errors.Is(err, tt.is) || tt.is == nil && (errors.Is(err, reply.ErrNoBody) || errors.Is(err, reply.ErrNoRight)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := newStore(t, denied, "s3://bodies").PutBody(t.Context(), body("x"), []byte("x"), time.Now()); !errors.Is(err, reply.ErrNoRight) {
		t.Error(err)
	}
}

func answering(t *testing.T, status int, code string) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, "<Error><Code>%s</Code></Error>", code)
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

func TestAURLThatNamesNoBucketIsRefused(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"", "s3:", "s3://", "s3:///prefix", "https://bodies", "s3://id:secret@bodies", "s3://bodies?x", "bodies"} {
		if s, err := s3.New(client, url); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v, %v", url, s, err)
		}
	}
}
