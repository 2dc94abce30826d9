package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"syscall"

	"github.com/homing-dev/homing/adapter/reply"
)

// send makes a call and gives the body of its answer, which must have the
// wanted status.
func (c *Client) send(ctx context.Context, op string, body []byte, want int) ([]byte, error) {
	if int64(len(body)) > c.opts.MaxBody {
		return nil, reply.TooLarge(c.opts.MaxBody)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	reads := op == opLookup || op == opCollect
	call := func(ctx context.Context) ([]byte, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+op, bytes.NewReader(body)) //nolint:gosec // to its own store
		if err != nil {
			return nil, err
		}
		req.Header.Set("Content-Type", mediaType)
		return c.do(req, want)
	}
	if !reads {
		settled, release := settling(ctx)
		defer release()
		got, err := call(settled)
		if err != nil && settled.Err() != nil {
			err = fmt.Errorf("%w: %w", ctx.Err(), err)
		}
		return got, err
	}
	got, err := call(ctx)
	if err != nil && broken(err) && ctx.Err() == nil {
		return call(ctx)
	}
	return got, err
}

// broken says whether a connection broke, as when its server was restarted.
func broken(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

func (c *Client) do(req *http.Request, want int) ([]byte, error) {
	req.Header.Set("Authorization", "Bearer "+c.secret)
	req.Header.Set("Accept", mediaType)
	resp, err := c.http.Do(req) //nolint:gosec // to the store that this process was configured with
	if err != nil {
		return nil, err
	}
	defer closeBody(resp)
	if resp.StatusCode != want {
		return nil, storeAnswer(resp)
	}
	if want == http.StatusNoContent {
		return nil, nil
	}
	got, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil || got != mediaType {
		return nil, errors.New("the answer is not that of a reply store")
	}
	body, err := readAll(io.LimitReader(resp.Body, c.opts.MaxBody+1), resp.ContentLength)
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the answer: %w", err)
	case int64(len(body)) > c.opts.MaxBody:
		return nil, fmt.Errorf("the answer has more than %d bytes", c.opts.MaxBody)
	default:
		return body, nil
	}
}

// storeAnswer makes an error of an answer. Only the type of a problem tells
// what the store means: a 404 may as well come from a proxy in between.
func storeAnswer(resp *http.Response) error {
	p := readProblem(resp)
	if known := ofProblem(p); known != nil {
		return known
	}
	err := unexpected(resp.StatusCode, p)
	if resp.StatusCode == http.StatusUnauthorized {
		return fmt.Errorf("%w: %w", ErrUnauthorised, err)
	}
	return err
}
