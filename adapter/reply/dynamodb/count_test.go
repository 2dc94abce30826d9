package dynamodb_test

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/dynamodb"
)

func TestCountIsOneWriteIfItKnowsWhetherSomethingIsOwed(t *testing.T) {
	t.Parallel()
	api := &interposed{API: onDynalite.client}
	s := newStore(t, api, dynamodb.Options{})
	u := reply.Use{Key: rand.Text(), Replica: "one", Asked: 1, For: time.Hour}
	count := func(spent, owed time.Duration, want int) {
		t.Helper()
		u.Spent, u.Owed = spent, owed
		before := api.calls["UpdateItem"]
		if _, err := s.Count(t.Context(), u); err != nil {
			t.Fatal(err)
		}
		if n := api.calls["UpdateItem"] - before; n != want || api.total != api.calls["UpdateItem"] {
			t.Errorf("%d writes of %d calls, want %d", n, api.total, want)
		}
	}
	count(0, 0, 1)
	count(time.Hour, 0, 1)
	count(time.Hour, time.Hour, 1)
	count(0, 0, 2)
}

func TestACounterForgetsReplicasThatAreGone(t *testing.T) {
	t.Parallel()
	now := time.Now()
	s := newStore(t, onDynalite.client, dynamodb.Options{Now: func() time.Time { return now }})
	u := reply.Use{Key: rand.Text(), Held: 1, For: 3 * time.Second}
	first, second := rand.Text(), rand.Text()
	for _, replica := range []string{first, second, "three"} {
		u.Replica = replica
		if _, err := s.Count(t.Context(), u); err != nil {
			t.Fatal(err)
		}
	}
	now = now.Add(2 * time.Minute)
	for range 3 { // each removes one
		if got, err := s.Count(t.Context(), u); err != nil || got.Held != 0 {
			t.Fatalf("got %+v, %v", got, err)
		}
	}
	out, err := onDynalite.client.Scan(t.Context(), &sdk.ScanInput{TableName: new(plainTable)})
	if err != nil {
		t.Fatal(err)
	}
	left := 0
	for _, it := range out.Items {
		for name := range it {
			if name == "r:"+first || name == "r:"+second {
				left++
			}
		}
	}
	if left != 0 {
		t.Errorf("%d reports are left", left)
	}
}

func TestCountIsTriedOnce(t *testing.T) {
	t.Parallel()
	api := &interposed{API: onDynalite.client, before: func(context.Context, string, int) error {
		return &types.ProvisionedThroughputExceededException{}
	}}
	_, err := newStore(t, api, dynamodb.Options{}).Count(t.Context(), reply.Use{Key: rand.Text(), Replica: "one", Spent: time.Second})
	if err == nil || !strings.HasPrefix(err.Error(), "reply store in DynamoDB: count: ") || api.total != 1 {
		t.Errorf("%d calls, %v", api.total, err)
	}
}
