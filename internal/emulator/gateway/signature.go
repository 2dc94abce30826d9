package gateway

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// The credentials of everybody on this machine, as functions have them, too, and whose
// they are.
const (
	LocalCredentials = "local"
	localAccount     = "123456789012"
	localUser        = "AIDALOCALLOCALLOCAL"
	localUserName    = "user/local"
)

// signatureAge is how old a signature may be, or how far ahead.
const signatureAge = 5 * time.Minute

const (
	signedAlgorithm = "AWS4-HMAC-SHA256"
	signedTime      = "20060102T150405Z"
)

var errSignature = errors.New("the request has no valid signature of AWS (version 4) by the access key local with the secret local")

// signature is one of AWS Signature Version 4 as a request has it.
type signature struct {
	key, region, service string
	headers              []string
	signed               string
	at                   time.Time
	life                 time.Duration
	presigned            bool
}

// readSignature reads the signature of a request, in its header or its query.
func readSignature(r *http.Request) (signature, error) {
	form := regexp.MustCompile(`^` + signedAlgorithm + ` Credential=([^/,]+)/([0-9]{8})/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request, ?` +
		`SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$`)
	text, at := r.Header.Get("Authorization"), r.Header.Get("X-Amz-Date")
	query, s := r.URL.Query(), signature{life: signatureAge}
	if query.Has("X-Amz-Signature") {
		seconds, err := strconv.Atoi(query.Get("X-Amz-Expires"))
		if err != nil || seconds < 0 {
			return s, errSignature
		}
		s.presigned, s.life = true, time.Duration(seconds)*time.Second
		at = query.Get("X-Amz-Date")
		text = query.Get("X-Amz-Algorithm") + " Credential=" + query.Get("X-Amz-Credential") +
			", SignedHeaders=" + query.Get("X-Amz-SignedHeaders") + ", Signature=" + query.Get("X-Amz-Signature")
	}
	found := form.FindStringSubmatch(text)
	when, err := time.Parse(signedTime, at)
	if found == nil || err != nil || !strings.HasPrefix(at, found[2]) {
		return s, errSignature
	}
	s.key, s.region, s.service, s.headers, s.signed, s.at = found[1], found[3], found[4], strings.Split(found[5], ";"), found[6], when
	return s, nil
}

// verifySignature returns the access key by which a request is signed for a service, if
// it is that of this machine.
func (o Options) verifySignature(r *http.Request, body []byte, service string) (key string, err error) {
	s, err := readSignature(r)
	if err != nil {
		return "", err
	}
	age := o.Now().Sub(s.at)
	if s.key != LocalCredentials || s.service != service || o.Region != "" && s.region != o.Region || age > s.life || age < -signatureAge {
		return "", errSignature
	}
	signed, err := s.again(r, body)
	if err != nil || subtle.ConstantTimeCompare([]byte(signed), []byte(s.signed)) != 1 {
		return "", errSignature
	}
	return s.key, nil
}

// again signs what was signed, and returns the signature.
func (s signature) again(r *http.Request, body []byte) (string, error) {
	target := *r.URL
	target.Host = r.Host
	request := &http.Request{Method: r.Method, URL: &target, Host: r.Host, Header: http.Header{}}
	for _, name := range s.headers {
		switch values := r.Header.Values(name); {
		case name == "content-length":
			request.ContentLength = r.ContentLength
		case name != "host":
			request.Header[http.CanonicalHeaderKey(name)] = values
		}
	}
	sum := sha256.Sum256(body)
	hash := cmp.Or(request.Header.Get("X-Amz-Content-Sha256"), hex.EncodeToString(sum[:]))
	if hash != hex.EncodeToString(sum[:]) && hash != "UNSIGNED-PAYLOAD" {
		return "", errSignature
	}
	secret := aws.Credentials{AccessKeyID: s.key, SecretAccessKey: LocalCredentials}
	signer := v4.NewSigner()
	if !s.presigned {
		request.Header.Del("X-Amz-Date") // the signer's own
		err := signer.SignHTTP(context.WithoutCancel(r.Context()), secret, request, hash, s.service, s.region, s.at)
		_, signed, _ := strings.Cut(request.Header.Get("Authorization"), "Signature=")
		return signed, err //nolint:wrapcheck // it is not shown
	}
	query := target.Query()
	for name := range query {
		if strings.HasPrefix(name, "X-Amz-") && name != "X-Amz-Expires" {
			query.Del(name)
		}
	}
	secret.SessionToken, target.RawQuery = r.URL.Query().Get("X-Amz-Security-Token"), query.Encode()
	uri, _, err := signer.PresignHTTP(r.Context(), secret, request, "UNSIGNED-PAYLOAD", s.service, s.region, s.at)
	if err != nil {
		return "", err //nolint:wrapcheck // it is not shown
	}
	parsed, err := url.Parse(uri)
	if err != nil {
		return "", errSignature
	}
	return parsed.Query().Get("X-Amz-Signature"), nil
}

// signedBy is the verdict about who has signed by a key.
func (o Options) signedBy(key string) Verdict {
	return Verdict{UserARN: "arn:aws:iam::" + cmp.Or(o.Account, localAccount) + ":" + localUserName, AccessKey: key}
}
