// Package sigv4 signs the calls of remote steps by AWS Signature Version 4, for
// those that have `auth: {sigv4: SERVICE}` in chain.yaml: an API Gateway with IAM
// authorization ("execute-api"), the URL of a Lambda function ("lambda").
//
//	runtimes.Main(chains, fns, sigv4.Steps())
//
// An app with lambda.Runtime() has it already.
package sigv4

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes"
)

// Steps is an option of runtimes.Main: its chains may have steps with
// `auth: {sigv4: SERVICE}`. Region and credentials are those of the AWS SDK's
// default chain (environment, shared files, instance role), which is asked when the
// first such step runs; a region in the host of the URL comes first.
func Steps() runtimes.Platform {
	return runtimes.Platform{Name: "sigv4.Steps()", RemoteSteps: RemoteSteps()}
}

// RemoteSteps creates the functions of such steps.
func RemoteSteps() runtimes.RemoteSteps {
	shared := &session{}
	return runtimes.RemoteSteps{"sigv4": func(client *carrier.Client, s functions.Step) functions.Function {
		r := carrier.NewRemote(s)
		r.Authorize = signer{shared, s.Auth.SigV4}.sign
		return client.Remote(r)
	}}
}

// session is the configuration of the AWS SDK, which is read when it is needed
// first. One that could not be read is read again by the next call.
type session struct {
	mu  sync.Mutex
	cfg *aws.Config
}

func (s *session) get(ctx context.Context) (*aws.Config, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cfg != nil {
		return s.cfg, nil
	}
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, fmt.Errorf("configure AWS: %w", err)
	}
	if cfg.Credentials == nil {
		return nil, errors.New("configure AWS: there are no credentials")
	}
	s.cfg = &cfg
	return s.cfg, nil
}

type signer struct {
	session *session
	service string
}

// sign implements [carrier.Authorize].
func (s signer) sign(req *http.Request, body []byte) error {
	cfg, err := s.session.get(req.Context())
	if err != nil {
		return err
	}
	region := cfg.Region
	if named := regionOf(req.URL.Hostname()); named != "" {
		region = named
	}
	if region == "" {
		return errors.New("configure AWS: no region is configured; set AWS_REGION")
	}
	credentials, err := cfg.Credentials.Retrieve(req.Context())
	if err != nil {
		return fmt.Errorf("get the credentials of AWS: %w", err)
	}
	sum := sha256.Sum256(body)
	err = v4.NewSigner().SignHTTP(req.Context(), credentials, req, hex.EncodeToString(sum[:]), s.service, region, time.Now())
	if err != nil {
		return fmt.Errorf("sign the call: %w", err)
	}
	return nil
}

// regionOf returns the region in the host of an API or of a function's URL, "" if
// there is none.
func regionOf(host string) string {
	named := regexp.MustCompile(`\.(?:execute-api|lambda-url)\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws)$`)
	if found := named.FindStringSubmatch(host); found != nil {
		return found[1]
	}
	return ""
}
