package bucket_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/replytest"
	own "github.com/homing-dev/homing/adapter/reply/s3"
	"github.com/homing-dev/homing/internal/emulator/bucket"
)

func TestTheSDKKeepsBodiesInIt(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(bucket.New("bodies"))
	t.Cleanup(srv.Close)
	client := s3.New(s3.Options{
		Region: "eu-central-1", BaseEndpoint: aws.String(srv.URL), UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
	})
	replytest.RunBodies(t, false, func(t *testing.T, _ replytest.Config) reply.Bodies {
		t.Helper()
		s, err := own.New(client, "s3://bodies/prefix")
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
	if _, err := client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String("bodies"), Key: aws.String("x")}); err == nil {
		t.Error("it has an object that was never put")
	}
}

func TestWhatItDoesNotDoIsRefused(t *testing.T) {
	t.Parallel()
	s := bucket.New("bodies")
	for request, status := range map[string]int{
		"PUT /bodies/a/b": 200, "GET /bodies/a/b": 200, "HEAD /bodies/a/b": 200, "DELETE /bodies/c": 204, "GET /bodies/c": 404,
		"GET /bodies/": 501, "GET /bodies/?list-type=2": 501, "POST /bodies/a": 501, "GET /other/a": 404, "PUT /bodies/a?partNumber=1": 501,
	} {
		method, path, _ := strings.Cut(request, " ")
		if method != http.MethodPut {
			s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodPut, "/bodies/a/b", strings.NewReader("x")))
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, path, http.NoBody))
		if w.Code != status {
			t.Errorf("%s: got %d %s", request, w.Code, w.Body)
		}
	}
	if n := s.Len("bodies"); n != 1 {
		t.Errorf("it has %d objects", n)
	}
}
