package otel

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
)

// resourceOf describes the process: by what its platform sets, and over that by
// OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES.
func resourceOf(ctx context.Context, getenv func(string) string) (*resource.Resource, error) {
	function, service := getenv("AWS_LAMBDA_FUNCTION_NAME"), getenv("K_SERVICE")
	attrs := []attribute.KeyValue{semconv.ServiceName(cmp.Or(function, service, "homing"))}
	if role := getenv("HOMING_ROLE"); role != "" {
		attrs = append(attrs, attribute.String("homing.role", role))
	}
	switch {
	case function != "":
		attrs = append(attrs, semconv.CloudProviderAWS, semconv.CloudPlatformAWSLambda, semconv.CloudRegion(getenv("AWS_REGION")),
			semconv.FaaSName(function), semconv.FaaSVersion(getenv("AWS_LAMBDA_FUNCTION_VERSION")),
			semconv.FaaSInstance(getenv("AWS_LAMBDA_LOG_STREAM_NAME")))
	case service != "":
		attrs = append(attrs, semconv.FaaSName(service), semconv.FaaSVersion(getenv("K_REVISION")))
	}
	res, err := resource.New(ctx, resource.WithAttributes(attrs...), resource.WithHost(), resource.WithTelemetrySDK(),
		resource.WithSchemaURL(semconv.SchemaURL), resource.WithFromEnv())
	if err != nil && !errors.Is(err, resource.ErrSchemaURLConflict) && !errors.Is(err, resource.ErrPartialResource) {
		return nil, fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	return res, nil
}
