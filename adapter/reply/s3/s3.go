// Package s3 keeps the bodies that are too large for a carrier in a bucket of Amazon
// S3, or of a server that speaks its protocol: [Bodies] is an option of runtimes.Main.
//
// A process needs the rights s3:PutObject, s3:GetObject and s3:DeleteObject below the
// prefix, and nothing else: nothing is listed. Without s3:ListBucket S3 answers 403 in
// the place of 404 for what is not there, so who fetches such a body is told that there
// is no right or no body.
//
// Objects are deleted with their requests. What is left, since a process was killed or
// an event has become a dead letter, must be swept by a lifecycle rule of the bucket:
// S3 knows no expiry of single objects.
package s3

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"github.com/homing-dev/homing/adapter/reply"
)

// API is what a [Store] calls of an *s3.Client. It must be safe for concurrent use.
type API interface {
	PutObject(ctx context.Context, in *s3.PutObjectInput, opts ...func(*s3.Options)) (*s3.PutObjectOutput, error)
	GetObject(ctx context.Context, in *s3.GetObjectInput, opts ...func(*s3.Options)) (*s3.GetObjectOutput, error)
	DeleteObject(ctx context.Context, in *s3.DeleteObjectInput, opts ...func(*s3.Options)) (*s3.DeleteObjectOutput, error)
}

var _ API = (*s3.Client)(nil)

// Store implements [reply.Bodies] in a bucket. It is safe for concurrent use, and holds
// nothing that must be closed. The retries are those of the client.
type Store struct {
	client         API
	bucket, prefix string
}

var _ reply.Bodies = (*Store)(nil)

// Bodies is an option of runtimes.Main: HOMING_BODIES may name a bucket, as
// s3://bucket/prefix. Region and credentials are those of the AWS SDK's default chain.
func Bodies() reply.Driver {
	return reply.Driver{Name: "s3.Bodies()", Setting: "bodies", OpenBodies: open}
}

func open(ctx context.Context, setting func(string) string) (reply.Bodies, error) {
	sdk, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, fmt.Errorf("load the configuration of the AWS SDK: %w", err)
	}
	// Another server than Amazon's has no names for buckets in front of its own.
	own := func(o *s3.Options) { o.UsePathStyle = o.BaseEndpoint != nil }
	return New(s3.NewFromConfig(sdk, own), setting("bodies"))
}

var errURL = errors.New("must be s3://bucket or s3://bucket/prefix")

// New creates a store for a URL, s3://bucket or s3://bucket/prefix. Nothing is called.
func New(client API, bucketURL string) (*Store, error) {
	u, err := url.Parse(bucketURL)
	if err != nil || u.Scheme != "s3" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, errURL
	}
	prefix := strings.Trim(u.Path, "/")
	if prefix != "" {
		prefix += "/"
	}
	return &Store{client: client, bucket: u.Host, prefix: prefix}, nil
}

// Place implements [reply.Bodies].
func (s *Store) Place() string { return "s3://" + s.bucket + "/" + s.prefix }

func (s *Store) key(b reply.Body) *string {
	return aws.String(s.prefix + b.Request.String() + "/" + hex.EncodeToString(b.Hash[:]))
}

// PutBody implements [reply.Bodies], but for the expiry: that is the bucket's rule. S3
// checks the data against their hash.
func (s *Store) PutBody(ctx context.Context, b reply.Body, data []byte, _ time.Time) error {
	_, err := s.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &s.bucket, Key: s.key(b), Body: bytes.NewReader(data), ContentLength: aws.Int64(int64(len(data))),
	})
	return s.fail("put a body", err)
}

// GetBody implements [reply.Bodies].
func (s *Store) GetBody(ctx context.Context, b reply.Body) ([]byte, error) {
	const what = "get a body"
	out, err := s.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &s.bucket, Key: s.key(b)})
	if err != nil {
		return nil, s.fail(what, err)
	}
	defer out.Body.Close() //nolint:errcheck // it was read as far as it is wanted
	var data bytes.Buffer
	data.Grow(int(min(max(aws.ToInt64(out.ContentLength), 0), b.Size) + bytes.MinRead))
	if _, err := io.Copy(&data, io.LimitReader(out.Body, b.Size+1)); err != nil {
		return nil, s.fail(what, err)
	}
	return data.Bytes(), nil
}

// DeleteBody implements [reply.Bodies].
func (s *Store) DeleteBody(ctx context.Context, b reply.Body) error {
	_, err := s.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &s.bucket, Key: s.key(b)})
	if errors.Is(s.fail("", err), reply.ErrNoBody) {
		return nil
	}
	return s.fail("delete a body", err)
}

// fail adds what was tried, and what kind of error it is.
func (s *Store) fail(what string, err error) error {
	if err == nil {
		return nil
	}
	var kind error
	var answered interface{ HTTPStatusCode() int }
	status := 0
	if errors.As(err, &answered) {
		status = answered.HTTPStatusCode()
	}
	api, coded := errors.AsType[smithy.APIError](err)
	switch {
	case coded && api.ErrorCode() == "NoSuchBucket":
	case coded && api.ErrorCode() == "NoSuchKey", status == http.StatusNotFound:
		kind = reply.ErrNoBody
	case status == http.StatusForbidden:
		kind = reply.ErrNoRight
	}
	err = fmt.Errorf("bodies in %s: %s: %w", s.Place(), what, err)
	if kind != nil {
		err = errors.Join(kind, err)
	}
	return err
}
