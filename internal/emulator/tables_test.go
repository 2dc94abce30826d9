package emulator_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/homing-dev/homing/internal/dynalite"
	"github.com/homing-dev/homing/internal/emulator"
	"github.com/homing-dev/homing/internal/emulator/template"
)

func TestTablesAreMadeOnceAndKept(t *testing.T) {
	t.Parallel()
	server, err := dynalite.Start(t.Context(), dynalite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop()
	stack, have := load(t, "tables", true), func(template.Function) string { return bootstrap }
	put := func(client *dynamodb.Client, id string) error {
		item := map[string]types.AttributeValue{}
		for _, name := range []string{"pk", "sk", "ar"} {
			item[name] = &types.AttributeValueMemberS{Value: id}
		}
		_, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("tables-Table"), Item: item})
		return err
	}
	for _, id := range []string{"1", "2"} { // the second time they are there
		e, err := emulator.Start(t.Context(), stack, emulator.Options{Tables: server.URL(), Bootstrap: have})
		if err != nil {
			t.Fatal(err)
		}
		client := dynamodb.NewFromConfig(e.Config(), func(o *dynamodb.Options) {
			o.BaseEndpoint = aws.String(e.TablesURL())
			o.HTTPClient = httpClient(t)
		})
		if err := put(client, id); err != nil {
			t.Fatal(err)
		}
		out, err := client.Query(t.Context(), &dynamodb.QueryInput{
			TableName: aws.String("tables-Table"), IndexName: aws.String("arrivals"),
			KeyConditionExpression:    aws.String("pk = :pk AND ar = :pk"),
			ExpressionAttributeValues: map[string]types.AttributeValue{":pk": &types.AttributeValueMemberS{Value: "1"}},
		})
		if err != nil || out.Count != 1 {
			t.Errorf("run %s: got %+v, %v", id, out, err)
		}
		if err := e.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	}
}
