package dynamodb

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/homing-dev/homing/internal/letterbox"
)

// letters is a box in the table: a partition with an item for each letter, and one
// for the parts of each body. The table's time to live sweeps both.
type letters struct {
	s      *Store
	name   string // of the partition
	limits letterbox.Limits

	mu    sync.Mutex
	tally tally
}

var _ letterbox.Keeper = (*Store)(nil)

// lettersName is the partition key of all letters; what their parts are under
// begins with it.
const lettersName = "d#"

// Letters returns where the table keeps dead letters. It is for the role failure,
// and for the command that lists them.
func (s *Store) Letters(limits letterbox.Limits) letterbox.Box { return s.letters(lettersName, limits) }

func (s *Store) letters(name string, limits letterbox.Limits) *letters {
	return &letters{s: s, name: name, limits: limits.WithDefaults()}
}

// tally is what was counted in a box, and what this process has put there since.
type tally struct {
	at      time.Time
	letters int
	bytes   int64
}

// head is the item of a letter.
type head struct {
	letterbox.Letter

	size, parts int
	expires     time.Time
}

func parseHead(it item) (head, error) {
	a := attributes{item: it}
	h := head{
		Letter: letterbox.Letter{Key: a.text(attrSK), Version: a.text(attrVersion), Kept: a.moment(attrLetterKept)},
		size:   int(a.number(attrSize)), parts: int(a.number(attrParts)), expires: a.moment(attrExpires),
	}
	return h, a.err
}

// partsName is the partition key of the parts of a letter.
func (l *letters) partsName(key, version string) string { return l.name + key + "#" + version }

// Put implements [letterbox.Box]. It writes the parts first: nobody looks for them
// before the letter is there. What is there is counted by reading its items, not
// its bodies, and not each time while there is much room.
func (l *letters) Put(ctx context.Context, key string, body []byte) error {
	o := l.s.begin("put a dead letter")
	old, err := l.find(ctx, o, key)
	if err != nil {
		return err
	}
	if err := l.fits(ctx, o, old, len(body)); err != nil {
		return err
	}
	expires := o.now.Add(l.limits.Retention)
	var writes []types.WriteRequest
	for chunk := range slices.Chunk(body, partSize) {
		it := partKey(l.partsName(key, o.call), len(writes))
		it[attrData], it[TTLAttribute] = bytesValue(chunk), sweptValue(expires)
		writes = append(writes, types.WriteRequest{PutRequest: &types.PutRequest{Item: it}})
	}
	if err := o.batches(ctx, writes); err != nil {
		return err
	}
	it := keyOf(l.name, key)
	it[attrVersion], it[attrLetterKept], it[attrExpires] = textValue(o.call), timeValue(o.now), timeValue(expires)
	it[attrSize], it[attrParts], it[TTLAttribute] = numberValue(int64(len(body))), numberValue(int64(len(writes))), sweptValue(expires)
	for range maxRounds {
		when, values := "attribute_not_exists(#ve)", item{}
		if old != nil {
			when, values = "#ve = :old OR #ve = :new", item{":old": textValue(old.Version), ":new": textValue(o.call)}
		}
		if err = o.putItem(ctx, it, when, values); !errors.Is(err, errCondition) {
			break
		}
		if old, err = l.find(ctx, o, key); err != nil { // somebody has put or deleted it
			return err
		}
		err = o.fail(errBusy)
	}
	if err == nil && old != nil && old.Version != o.call {
		l.deleteParts(ctx, o, *old)
	}
	return err
}

// find returns the item of a letter; nil if there is none. It may have expired.
func (l *letters) find(ctx context.Context, o *operation, key string) (*head, error) {
	it, _, err := o.getItem(ctx, keyOf(l.name, key), true)
	if err != nil || len(it) == 0 {
		return nil, err
	}
	h, err := parseHead(it)
	if err != nil {
		return nil, o.fail(err)
	}
	return &h, nil
}

// recount is for how long a tally is believed while the box is not nearly full.
const recount = time.Minute

// fits returns ErrFull if a letter of a size does not fit, in the place of an old
// one if there is one: that always fits if it is no larger.
func (l *letters) fits(ctx context.Context, o *operation, old *head, size int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	plus, bytes := 1, int64(size)
	if old != nil && !passed(old.expires, o.now) {
		plus, bytes = 0, bytes-int64(old.size)
	}
	const much, of = 9, 10
	roomy := (l.tally.letters+plus)*of <= l.limits.Letters*much && (l.tally.bytes+bytes)*of <= l.limits.Bytes*much
	if age := o.now.Sub(l.tally.at); !roomy || age < 0 || age > recount {
		t := tally{at: o.now}
		err := l.heads(ctx, o, func(h head) {
			t.letters++
			t.bytes += int64(h.size)
		})
		if err != nil {
			return err
		}
		l.tally = t
	}
	if plus > 0 && l.tally.letters >= l.limits.Letters || bytes > 0 && l.tally.bytes+bytes > l.limits.Bytes {
		return letterbox.ErrFull
	}
	l.tally.letters += plus
	l.tally.bytes += bytes
	return nil
}

// heads passes on the items of the letters that have not expired.
func (l *letters) heads(ctx context.Context, o *operation, each func(head)) error {
	_, err := o.query(ctx, &dynamodb.QueryInput{
		ConsistentRead:            new(true),
		KeyConditionExpression:    new("#pk = :pk"),
		ExpressionAttributeNames:  namesIn("#pk"),
		ExpressionAttributeValues: item{":pk": textValue(l.name)},
	}, func(it item) error {
		h, err := parseHead(it)
		if err != nil {
			return o.fail(err)
		}
		if !passed(h.expires, o.now) {
			each(h)
		}
		return nil
	})
	return err
}

// List implements [letterbox.Box]. It reads the items of all letters, and then one
// body at a time.
func (l *letters) List(ctx context.Context) iter.Seq2[letterbox.Letter, error] {
	return func(yield func(letterbox.Letter, error) bool) {
		var all []head
		o := l.s.begin("list dead letters")
		if err := l.heads(ctx, o, func(h head) { all = append(all, h) }); err != nil {
			yield(letterbox.Letter{}, err)
			return
		}
		for _, h := range all {
			letter, err := l.read(ctx, h)
			if errors.Is(err, letterbox.ErrNone) {
				continue // it was deleted meanwhile
			}
			if !yield(letter, err) || err != nil {
				return
			}
		}
	}
}

// Get implements [letterbox.Box].
func (l *letters) Get(ctx context.Context, key string) (letterbox.Letter, error) {
	o := l.s.begin("read a dead letter")
	h, err := l.find(ctx, o, key)
	switch {
	case err != nil:
		return letterbox.Letter{}, err
	case h == nil || passed(h.expires, o.now):
		return letterbox.Letter{}, letterbox.ErrNone
	}
	return l.read(ctx, *h)
}

// read adds the body to what is known of a letter. If it was put again meanwhile,
// that one is returned.
func (l *letters) read(ctx context.Context, h head) (letterbox.Letter, error) {
	for range maxRounds {
		o := l.s.begin("read a dead letter") // patience is for each
		body, parts, err := l.readParts(ctx, o, h)
		if err != nil {
			return letterbox.Letter{}, err
		}
		if parts == h.parts {
			h.Body = body
			return h.Letter, nil
		}
		fresh, err := l.find(ctx, o, h.Key)
		switch {
		case err != nil:
			return letterbox.Letter{}, err
		case fresh == nil:
			return letterbox.Letter{}, letterbox.ErrNone
		case fresh.Version == h.Version:
			return letterbox.Letter{}, o.fail(errParts)
		}
		h = *fresh
	}
	return letterbox.Letter{}, letterbox.ErrChanged
}

func (l *letters) readParts(ctx context.Context, o *operation, h head) (body []byte, parts int, err error) {
	_, err = o.query(ctx, &dynamodb.QueryInput{
		ConsistentRead:            new(true),
		KeyConditionExpression:    new("#pk = :pk"),
		ExpressionAttributeNames:  namesIn("#pk"),
		ExpressionAttributeValues: item{":pk": textValue(l.partsName(h.Key, h.Version))},
	}, func(it item) error {
		part := attributes{item: it}
		body = append(body, part.bytes(attrData)...)
		if part.text(attrSK) != partName(parts) || part.err != nil {
			return o.fail(errParts)
		}
		parts++
		return nil
	})
	return body, parts, err
}

// Delete implements [letterbox.Box].
func (l *letters) Delete(ctx context.Context, letter letterbox.Letter) error {
	o := l.s.begin("delete a dead letter")
	h, err := l.find(ctx, o, letter.Key)
	switch {
	case err != nil || h == nil:
		return err
	case h.Version != letter.Version:
		return letterbox.ErrChanged
	}
	const when = "attribute_not_exists(#ve) OR #ve = :ve"
	err = o.deleteItem(ctx, newChange(keyOf(l.name, letter.Key), when).value(attrVersion, textValue(letter.Version)))
	switch {
	case errors.Is(err, errCondition):
		return letterbox.ErrChanged
	case err != nil:
		return err
	}
	l.mu.Lock()
	l.tally.at = time.Time{} // there is more room than was counted
	l.mu.Unlock()
	l.deleteParts(ctx, o, *h)
	return nil
}

// deleteParts deletes the parts of a letter that is not there any more. Those for
// which that fails are swept.
func (l *letters) deleteParts(ctx context.Context, o *operation, h head) {
	writes := make([]types.WriteRequest, 0, h.parts)
	for i := range h.parts {
		writes = append(writes, types.WriteRequest{
			DeleteRequest: &types.DeleteRequest{Key: partKey(l.partsName(h.Key, h.Version), i)},
		})
	}
	_ = o.batches(ctx, writes)
}
