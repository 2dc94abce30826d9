package dynamodb_test

import (
	"cmp"
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
	"github.com/homing-dev/homing/tests/leaks"
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

// patience is for how long a server may be silent: longer than any machine is
// so loaded. What hangs in earnest is ended by the test's own timeout.
const patience = time.Hour

func servers() []server { return []server{onDynalite, onMoto} }

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
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
	return leaks.Code(code, goleak.IgnoreAnyFunction("os/exec.(*Cmd).Start.func2"), goleak.IgnoreAnyFunction("os/exec.(*Cmd).Wait"),
		goleak.IgnoreAnyFunction("github.com/homing-dev/homing/internal/dynalite.(*Server).run"))
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
		if err := sdk.NewTableExistsWaiter(s.client).Wait(ctx, in, patience); err != nil {
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

// newStore creates a store on a server, with the options but for client and
// table. It waits for an answer for as long as it takes.
func newStore(t *testing.T, api dynamodb.API, opts dynamodb.Options) *dynamodb.Store {
	t.Helper()
	opts.Attempt, opts.Patience = cmp.Or(opts.Attempt, patience), cmp.Or(opts.Patience, patience)
	s := newImpatient(t, api, opts)
	dynamodb.SettleForTest(s, patience)
	return s
}

// newImpatient creates a store with the default times, for an API that is a
// script.
func newImpatient(t *testing.T, api dynamodb.API, opts dynamodb.Options) *dynamodb.Store {
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
