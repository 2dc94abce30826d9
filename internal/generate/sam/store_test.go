package sam_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"github.com/homing-dev/homing/adapter/reply/dynamodb"
)

// key is a key schema as the template writes it.
func key(elements []types.KeySchemaElement) []any {
	var out []any
	for _, e := range elements {
		out = append(out, tree{"AttributeName": *e.AttributeName, "KeyType": string(e.KeyType)})
	}
	return out
}

func TestTheTableIsTheOneThatTheStoreNeeds(t *testing.T) {
	t.Parallel()
	for _, arrivals := range []string{"false", "true"} {
		table := deploy(t, map[string]string{"Arrivals": arrivals}, builtIn(t)...).at("Resources", "Replies", "Properties")
		want := dynamodb.Schema("replies", arrivals == "true")
		var attributes, indexes []any
		for _, a := range want.AttributeDefinitions {
			attributes = append(attributes, tree{"AttributeName": *a.AttributeName, "AttributeType": string(a.AttributeType)})
		}
		for _, i := range want.GlobalSecondaryIndexes {
			indexes = append(indexes, tree{
				"IndexName": *i.IndexName, "KeySchema": key(i.KeySchema),
				"Projection": tree{"ProjectionType": string(i.Projection.ProjectionType)},
			})
		}
		got, _ := table["GlobalSecondaryIndexes"].([]any)
		for name, diff := range map[string]string{
			"attributes": cmp.Diff(attributes, table["AttributeDefinitions"]),
			"key":        cmp.Diff(key(want.KeySchema), table["KeySchema"]),
			"indexes":    cmp.Diff(indexes, got),
			"billing":    cmp.Diff(string(want.BillingMode), table["BillingMode"]),
			"ttl":        cmp.Diff(tree{"AttributeName": dynamodb.TTLAttribute, "Enabled": "true"}, table["TimeToLiveSpecification"]),
		} {
			if diff != "" {
				t.Errorf("arrivals %s, %s: %s", arrivals, name, diff)
			}
		}
	}
}

func TestTheTableGoesWithTheStackAndIsEncrypted(t *testing.T) {
	t.Parallel()
	table := deploy(t, nil, builtIn(t)...).at("Resources", "Replies")
	if table["DeletionPolicy"] != "Delete" || table.at("Properties", "SSESpecification")["SSEEnabled"] != "true" {
		t.Errorf("got %v", table)
	}
}

func TestTheTableIsLimitedAndRestorableIfAskedFor(t *testing.T) {
	t.Parallel()
	limit := tree{"MaxReadRequestUnits": "500", "MaxWriteRequestUnits": "500"}
	params := map[string]string{"TableLimit": "500", "PointInTimeRecovery": "true", "Arrivals": "true"}
	p := deploy(t, params, builtIn(t)...).at("Resources", "Replies", "Properties")
	index := p["GlobalSecondaryIndexes"].([]any)[0].(tree)
	recovery := p.at("PointInTimeRecoverySpecification")["PointInTimeRecoveryEnabled"]
	if !cmp.Equal(p["OnDemandThroughput"], any(limit)) || !cmp.Equal(index["OnDemandThroughput"], any(limit)) || recovery != "true" {
		t.Errorf("got %v", p)
	}
	p = deploy(t, nil, builtIn(t)...).at("Resources", "Replies", "Properties")
	if p["OnDemandThroughput"] != nil || p.at("PointInTimeRecoverySpecification")["PointInTimeRecoveryEnabled"] != "false" {
		t.Errorf("by default got %v", p)
	}
}
