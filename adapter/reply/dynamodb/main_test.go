package dynamodb_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"go.uber.org/goleak"

	"github.com/homing-dev/homing/adapter/reply/dynamodb"
	"github.com/homing-dev/homing/internal/dynalite"
	"github.com/homing-dev/homing/tests/moto"
)

const (
	plainTable   = "replies"
	indexedTable = "replies-with-arrivals"
)

// server is a server that speaks DynamoDB's protocol, with both tables.
type server struct {
	name   string
	client *sdk.Client
}

// The servers of this package's tests.
var onDynalite, onMoto server

func servers() []server { return []server{onDynalite, onMoto} }

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	const patience = 5 * time.Minute // for the first installation
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	pool := &http.Transport{MaxIdleConnsPerHost: 128, MaxConnsPerHost: 128, DialContext: (&net.Dialer{}).DialContext}

	first, err := dynalite.Start(ctx, dynalite.Options{})
	if err != nil {
		return complain(err)
	}
	defer func() { _ = first.Stop() }()
	second, err := moto.Start(ctx)
	if err != nil {
		return complain(err)
	}
	defer second.Stop()
	if onDynalite, err = newServer(ctx, "dynalite", first.URL(), pool); err != nil {
		return complain(err)
	}
	if onMoto, err = newServer(ctx, "moto", second.URL(), pool); err != nil {
		return complain(err)
	}
	code := m.Run()
	pool.CloseIdleConnections()
	_ = first.Stop() // its output is read until then
	if err := goleak.Find(goleak.IgnoreAnyFunction("os/exec.(*Cmd).Start.func2"), goleak.IgnoreAnyFunction("os/exec.(*Cmd).Wait")); err != nil && code == 0 {
		return complain(err)
	}
	return code
}

func complain(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}

func newServer(ctx context.Context, name, url string, transport http.RoundTripper) (server, error) {
	s := server{name: name, client: newClient(url, &http.Client{Transport: transport})}
	for table, arrivals := range map[string]bool{plainTable: false, indexedTable: true} {
		if _, err := s.client.CreateTable(ctx, dynamodb.Schema(table, arrivals)); err != nil {
			return s, fmt.Errorf("%s: %w", name, err)
		}
		in := &sdk.DescribeTableInput{TableName: aws.String(table)}
		if err := sdk.NewTableExistsWaiter(s.client).Wait(ctx, in, time.Minute); err != nil {
			return s, fmt.Errorf("%s: %w", name, err)
		}
	}
	return s, nil
}

func newClient(url string, client *http.Client) *sdk.Client {
	return sdk.New(sdk.Options{
		Region:       "eu-central-1",
		BaseEndpoint: aws.String(url),
		Credentials:  credentials.NewStaticCredentialsProvider("id", "secret", ""),
		HTTPClient:   client,
	})
}

// newStore makes a store on the table without an index, with the options but
// for client and table.
func newStore(t *testing.T, api dynamodb.API, opts dynamodb.Options) *dynamodb.Store {
	t.Helper()
	opts.Client = api
	opts.Table = plainTable
	if opts.Arrivals {
		opts.Table = indexedTable
	}
	s, err := dynamodb.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
