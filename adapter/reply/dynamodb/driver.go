package dynamodb

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/homing-dev/homing/adapter/reply"
)

// Replies is an option of runtimes.Main: an app that runs outside of Lambda keeps
// its replies in the table that HOMING_TABLE names. Region and credentials are
// those of the AWS SDK's default chain.
func Replies() reply.Driver {
	return reply.Driver{Name: "dynamodb.Replies()", Setting: "table", Open: open}
}

func open(ctx context.Context, setting func(string) string, _ *slog.Logger) (reply.Store, error) {
	sdk, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, fmt.Errorf("load the configuration of the AWS SDK: %w", err)
	}
	return New(Options{
		Client: dynamodb.NewFromConfig(sdk), Table: setting("table"), Arrivals: setting("arrivals") == "true",
	})
}
