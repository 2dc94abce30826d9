package main

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/homing-dev/homing/adapter/reply/dynamodb"
	"github.com/homing-dev/homing/internal/dynalite"
)

const (
	table  = "ledger"
	region = "eu-central-1"
)

// newDynamoDB prepares a table of dynalite, which is in files.
func (s *system) newDynamoDB(ctx context.Context) (store, error) {
	p, err := s.spawn(ctx, storeName)
	if err != nil {
		return store{}, err
	}
	port, err := strconv.Atoi(p.port)
	if err != nil {
		return store{}, fmt.Errorf("port of the table: %w", err)
	}
	cmd, err := dynalite.Command(ctx, dynalite.Options{Dir: filepath.Join(s.dir, "dynalite"), Port: port})
	if err != nil {
		return store{}, fmt.Errorf("prepare the table: %w", err)
	}
	p.path, p.args, p.dir, p.probe = cmd.Path, cmd.Args[1:], cmd.Dir, servesTables
	return store{
		server: p,
		env: func(address string) []string {
			return []string{
				"HOMING_TABLE=" + table, "AWS_ENDPOINT_URL_DYNAMODB=http://" + address, "AWS_REGION=" + region,
				"AWS_ACCESS_KEY_ID=id", "AWS_SECRET_ACCESS_KEY=secret",
			}
		},
		create: func(ctx context.Context) error { return createTable(ctx, p.url()) },
	}, nil
}

func createTable(ctx context.Context, url string) error {
	client := sdk.New(sdk.Options{
		Region: region, BaseEndpoint: aws.String(url), Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
	})
	if _, err := client.CreateTable(ctx, dynamodb.Schema(table, false)); err != nil {
		return fmt.Errorf("create the table: %w", err)
	}
	const patience = time.Minute
	in := &sdk.DescribeTableInput{TableName: aws.String(table)}
	if err := sdk.NewTableExistsWaiter(client).Wait(ctx, in, patience); err != nil {
		return fmt.Errorf("create the table: %w", err)
	}
	return nil
}

// servesTables is the probe of dynalite, which answers a GET as DynamoDB does.
func servesTables(ctx context.Context, p *process) bool { return answers(ctx, p.url(), http.StatusOK) }
