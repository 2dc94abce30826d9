package dynamodb_test

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/dynamodb"
)

// noise does not compress.
func noise(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{byte(n)}).Read(b) // never fails
	return b
}

func wantData(t *testing.T, s *dynamodb.Store, want reply.Reply) {
	t.Helper()
	rec, err := s.Lookup(t.Context(), want.ID)
	must(t, err)
	if !bytes.Equal(rec.Reply.Event.DataEncoded, want.Event.DataEncoded) {
		t.Errorf("%d bytes came back, want %d, or others", len(rec.Reply.Event.DataEncoded), len(want.Event.DataEncoded))
	}
}

func TestLargeRepliesComeBackByEveryWay(t *testing.T) {
	t.Parallel()
	for _, on := range servers() {
		for _, size := range []int{300_000, 307_000, 500_000, 5_000_000} {
			t.Run(on.name+"/"+strconv.Itoa(size), func(t *testing.T) {
				t.Parallel()
				s := newStore(t, on.client, dynamodb.Options{})
				want := answer(request(time.Now()), noise(size))
				must(t, s.Complete(t.Context(), want))
				for range 2 { // duplicates write nothing that stays
					wantError(t, s.Complete(t.Context(), answer(want.Request, noise(size+1))), reply.ErrCompleted)
				}
				wantData(t, s, want)

				replies, err := s.Collect(t.Context(), want.ID.Mailbox(), want.ID)
				must(t, err)
				found, err := s.Scan(t.Context(), reply.ScanQuery{Box: want.ID.Mailbox(), Oldest: want.ID})
				must(t, err)
				one, err := s.Get(t.Context(), want.ID, false)
				must(t, err)
				if len(replies) != 1 || len(found.Replies) != 1 {
					t.Fatalf("%d collected, %d found", len(replies), len(found.Replies))
				}
				for way, got := range map[string]reply.Reply{"Collect": replies[0], "Scan": found.Replies[0].Reply, "Get": one.Reply} {
					if !bytes.Equal(got.Event.DataEncoded, want.Event.DataEncoded) {
						t.Errorf("%s returns %d other bytes", way, len(got.Event.DataEncoded))
					}
				}
				if least := float64(size) / 4096 / 2; on.name == onDynalite.name && (found.Units < least || one.Units < least) {
					t.Errorf("units: %v and %v, want at least %v", found.Units, one.Units, least)
				}
			})
		}
	}
}

// batches keeps the partition keys of the parts that are written.
type batches struct {
	dynamodb.API

	take       func(writes int) int // of those given, how many are taken
	partitions map[string]bool
	calls      int
}

func (b *batches) BatchWriteItem(ctx context.Context, in *sdk.BatchWriteItemInput, opts ...func(*sdk.Options)) (*sdk.BatchWriteItemOutput, error) {
	b.calls++
	writes := in.RequestItems[plainTable]
	for _, w := range writes {
		if w.PutRequest != nil {
			if pk, ok := w.PutRequest.Item["pk"].(*types.AttributeValueMemberS); ok {
				b.partitions[pk.Value] = true
			}
		}
	}
	taken := len(writes)
	if b.take != nil {
		taken = b.take(len(writes))
	}
	if taken == 0 {
		return &sdk.BatchWriteItemOutput{UnprocessedItems: in.RequestItems}, nil
	}
	out, err := b.API.BatchWriteItem(ctx, &sdk.BatchWriteItemInput{
		RequestItems: map[string][]types.WriteRequest{plainTable: writes[:taken]},
	}, opts...)
	if err == nil && taken < len(writes) {
		out.UnprocessedItems = map[string][]types.WriteRequest{plainTable: writes[taken:]}
	}
	return out, err
}

func (b *batches) left(t *testing.T) int {
	t.Helper()
	n := 0
	for pk := range b.partitions {
		n += items(t, onDynalite.client, pk)
	}
	return n
}

func TestUnprocessedPartsAreWrittenAgain(t *testing.T) {
	t.Parallel()
	turn := 0
	api := &batches{API: onDynalite.client, partitions: map[string]bool{}, take: func(writes int) int {
		turn++
		return min(writes, turn-1) // the first time none
	}}
	s := newStore(t, api, dynamodb.Options{})
	want := answer(request(time.Now()), noise(3_000_000))
	must(t, s.Complete(t.Context(), want))
	wantData(t, s, want)
	if api.calls < 4 {
		t.Errorf("%d calls", api.calls)
	}
}

func TestPartsThatAreNeverTakenAreThrottling(t *testing.T) {
	t.Parallel()
	api := &batches{API: onDynalite.client, partitions: map[string]bool{}, take: func(int) int { return 0 }}
	s := newStore(t, api, dynamodb.Options{Patience: 100 * time.Millisecond})
	r := answer(request(time.Now()), noise(500_000))
	wantError(t, s.Complete(t.Context(), r), reply.ErrThrottled)
	if _, err := s.Lookup(t.Context(), r.ID); !errors.Is(err, reply.ErrUnknown) {
		t.Errorf("half a reply can be seen: %v", err)
	}
}

// racing lets another reply win after the parts of the first are written.
func TestPartsOfALosingReplyAreDeleted(t *testing.T) {
	t.Parallel()
	r := request(time.Now())
	winner := newStore(t, onDynalite.client, dynamodb.Options{})
	api := &batches{API: onDynalite.client, partitions: map[string]bool{}}
	api.take = func(writes int) int {
		if api.calls == 1 {
			must(t, winner.Complete(t.Context(), answer(r, []byte("faster"))))
		}
		return writes
	}
	wantError(t, newStore(t, api, dynamodb.Options{}).Complete(t.Context(), answer(r, noise(500_000))), reply.ErrCompleted)
	if n := api.left(t); len(api.partitions) != 1 || n != 0 {
		t.Errorf("%d parts are left in %d partitions", n, len(api.partitions))
	}
	wantData(t, winner, answer(r, []byte("faster")))
}

func TestAReplyWhosePartsAreGoneIsAClearErrorAndHidesNoOther(t *testing.T) {
	t.Parallel()
	now := time.Now()
	box := reply.NewMailbox()
	api := &batches{API: onDynalite.client, partitions: map[string]bool{}}
	s := newStore(t, api, dynamodb.Options{})
	broken, whole := answer(requestIn(box, now), noise(1_000_000)), answer(requestIn(box, now), []byte("whole"))
	must(t, s.Complete(t.Context(), broken))
	must(t, s.Complete(t.Context(), whole))
	for pk := range api.partitions {
		_, err := onDynalite.client.DeleteItem(t.Context(), &sdk.DeleteItemInput{
			TableName: aws.String(plainTable),
			Key: map[string]types.AttributeValue{
				"pk": &types.AttributeValueMemberS{Value: pk}, "sk": &types.AttributeValueMemberS{Value: "0001"},
			},
		})
		must(t, err)
	}
	if _, err := s.Lookup(t.Context(), broken.ID); err == nil || !strings.Contains(err.Error(), "parts of the reply are missing") {
		t.Errorf("Lookup: %v", err)
	}
	if got, err := s.Collect(t.Context(), box, reply.ID{}); err != nil || len(got) != 1 || got[0].ID != whole.ID {
		t.Errorf("Collect: %d replies, %v", len(got), err)
	}
	if got, err := s.Scan(t.Context(), reply.ScanQuery{Box: box}); err != nil || len(got.Replies) != 1 {
		t.Errorf("Scan: %d replies, %v", len(got.Replies), err)
	}
}

func TestAReplyPastTheLimitIsRefusedAndAnotherMayFollow(t *testing.T) {
	t.Parallel()
	s := newStore(t, onDynalite.client, dynamodb.Options{MaxReply: 10_000})
	r := request(time.Now())
	err := s.Complete(t.Context(), answer(r, make([]byte, 10_000))) // would compress
	if !errors.Is(err, reply.ErrTooLarge) || !strings.Contains(err.Error(), "10000") {
		t.Errorf("got %v", err)
	}
	must(t, s.Complete(t.Context(), answer(r, []byte("too large"))))
}
