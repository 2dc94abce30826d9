package emulator

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/homing-dev/homing/internal/emulator/template"
)

// Config is for clients of the AWS SDK that shall call the stack: its region,
// and credentials that mean nothing. The endpoint of a client must be set, to
// LambdaURL, SQSURL or TablesURL.
func (e *Emulator) Config() aws.Config {
	const nothing = "local"
	return aws.Config{
		Region:      e.stack.Region,
		Credentials: credentials.NewStaticCredentialsProvider(nothing, nothing, ""),
	}
}

// creating is how long a table may take to be there.
const creating = time.Minute

// CreateTables creates the tables of the stack that are not there, as [Start]
// does: for a server that has lost them.
func (e *Emulator) CreateTables(ctx context.Context) error {
	if len(e.stack.Tables) == 0 {
		return nil
	}
	if e.options.Tables == "" {
		return fmt.Errorf("the stack has the table %s, and no server for tables was named", e.stack.Tables[0].ID)
	}
	client := dynamodb.NewFromConfig(e.Config(), func(o *dynamodb.Options) {
		o.BaseEndpoint, o.HTTPClient = aws.String(e.options.Tables), &http.Client{Transport: e.transport}
	})
	waiter := dynamodb.NewTableExistsWaiter(client, func(o *dynamodb.TableExistsWaiterOptions) {
		o.MinDelay, o.MaxDelay = 20*time.Millisecond, time.Second //nolint:mnd // a local server is quick
	})
	for _, t := range e.stack.Tables {
		_, err := client.CreateTable(ctx, schema(t))
		var there *types.ResourceInUseException
		if err != nil && !errors.As(err, &there) {
			return fmt.Errorf("create the table %s: %w", t.Name, err)
		}
		if err := waiter.Wait(ctx, &dynamodb.DescribeTableInput{TableName: aws.String(t.Name)}, creating); err != nil {
			return fmt.Errorf("wait for the table %s: %w", t.Name, err)
		}
	}
	return nil
}

// schema is a table in the words of DynamoDB. TTL is not set: no local server
// knows it, and a reader must check the time itself in any case.
func schema(t template.Table) *dynamodb.CreateTableInput {
	input := &dynamodb.CreateTableInput{
		TableName: aws.String(t.Name), BillingMode: types.BillingModePayPerRequest, KeySchema: keySchema(t.Key),
	}
	for _, name := range slices.Sorted(maps.Keys(t.Attributes)) {
		if !used(t, name) { // DynamoDB rejects what no key needs
			continue
		}
		input.AttributeDefinitions = append(input.AttributeDefinitions, types.AttributeDefinition{
			AttributeName: aws.String(name), AttributeType: types.ScalarAttributeType(t.Attributes[name]),
		})
	}
	for _, index := range t.Indexes {
		projection := &types.Projection{ProjectionType: types.ProjectionType(index.Projection), NonKeyAttributes: index.NonKey}
		if index.Local {
			input.LocalSecondaryIndexes = append(input.LocalSecondaryIndexes, types.LocalSecondaryIndex{
				IndexName: aws.String(index.Name), KeySchema: keySchema(index.Key), Projection: projection,
			})
			continue
		}
		input.GlobalSecondaryIndexes = append(input.GlobalSecondaryIndexes, types.GlobalSecondaryIndex{
			IndexName: aws.String(index.Name), KeySchema: keySchema(index.Key), Projection: projection,
		})
	}
	return input
}

func used(t template.Table, name string) bool {
	return slices.ContainsFunc(append([]template.Index{{Key: t.Key}}, t.Indexes...), func(i template.Index) bool {
		return i.Key.Hash == name || i.Key.Range == name
	})
}

func keySchema(k template.Key) []types.KeySchemaElement {
	elements := []types.KeySchemaElement{{AttributeName: aws.String(k.Hash), KeyType: types.KeyTypeHash}}
	if k.Range != "" {
		elements = append(elements, types.KeySchemaElement{AttributeName: aws.String(k.Range), KeyType: types.KeyTypeRange})
	}
	return elements
}
