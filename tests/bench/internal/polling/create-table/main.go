// Command create-table creates the table of a reply store and waits until it is
// there:
//
//	create-table http://127.0.0.1:8000 replies
//
// It is a program of its own so that the SDK, with all that it allocates when a
// program with it starts, is not in the processes that are measured.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	replies "github.com/homing-dev/homing/adapter/reply/dynamodb"
)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		_, _ = os.Stderr.WriteString(err.Error() + "\n") // there is nobody else to tell
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	const needed, waiting, often = 2, time.Minute, 20 * time.Millisecond
	if len(args) != needed {
		return fmt.Errorf("the address of DynamoDB and the name of a table are needed, not %q", args)
	}
	const nothing = "local"
	client := dynamodb.New(dynamodb.Options{
		BaseEndpoint: aws.String(args[0]), Region: nothing,
		Credentials: credentials.NewStaticCredentialsProvider(nothing, nothing, ""),
	})
	if _, err := client.CreateTable(ctx, replies.Schema(args[1], false)); err != nil {
		return fmt.Errorf("create the table %s: %w", args[1], err)
	}
	waiter := dynamodb.NewTableExistsWaiter(client, func(o *dynamodb.TableExistsWaiterOptions) {
		o.MinDelay, o.MaxDelay = often, time.Second
	})
	if err := waiter.Wait(ctx, &dynamodb.DescribeTableInput{TableName: aws.String(args[1])}, waiting); err != nil {
		return fmt.Errorf("wait for the table %s: %w", args[1], err)
	}
	return nil
}
