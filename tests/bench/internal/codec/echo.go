package codec

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"

	sdk "github.com/cloudevents/sdk-go/v2/binding"
	sdkhttp "github.com/cloudevents/sdk-go/v2/protocol/http"

	"github.com/homing-dev/homing/internal/cloudevents"
)

// Echo reads the event of a request in binary mode and answers it in the same
// mode. The body is read from a stream, as net/http gives it.
type Echo func(ctx context.Context, w http.ResponseWriter, header http.Header, body []byte) error

// Header makes the header of an event in binary mode, with the attributes that
// an adapter of Homing gives to a request.
func Header() http.Header {
	h := http.Header{}
	for name, value := range map[string]string{
		"Ce-Specversion":   "1.0",
		"Ce-Id":            "0198c0de-0000-7000-8000-000000000001",
		"Ce-Source":        "/chains/orders",
		"Ce-Type":          "homing.orders",
		"Ce-Subject":       "order-17",
		"Ce-Time":          "2026-11-22T16:26:00.123456789Z",
		"Ce-Correlationid": "0198c0de-0000-7000-8000-000000000001",
		"Ce-Expirytime":    "2026-11-22T16:26:25.123456789Z",
		"Ce-Traceparent":   "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
		"Content-Type":     "application/json",
	} {
		h.Set(name, value)
	}
	return h
}

// Homing is the [Echo] of internal/cloudevents.
func Homing(_ context.Context, w http.ResponseWriter, header http.Header, body []byte) error {
	data := make([]byte, len(body))
	if _, err := io.ReadFull(bytes.NewReader(body), data); err != nil {
		return err
	}
	ev, err := cloudevents.Read(header, data)
	if err != nil {
		return err
	}
	out, err := cloudevents.Write(w.Header(), ev, cloudevents.Binary)
	if err != nil {
		return err
	}
	w.Header()["Content-Length"] = []string{strconv.Itoa(len(out))} // as the SDK sets it
	w.WriteHeader(http.StatusOK)
	_, err = w.Write(out)
	return err
}

// SDK is the [Echo] of the CloudEvents SDK.
func SDK(ctx context.Context, w http.ResponseWriter, header http.Header, body []byte) error {
	ev, err := sdk.ToEvent(ctx, sdkhttp.NewMessage(header, io.NopCloser(bytes.NewReader(body))))
	if err != nil {
		return err
	}
	return sdkhttp.WriteResponseWriter(ctx, (*sdk.EventMessage)(ev), http.StatusOK, w)
}
