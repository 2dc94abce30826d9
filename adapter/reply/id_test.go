package reply_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
)

const (
	lastMailbox reply.Mailbox = 1<<20 - 1
	example                   = "01890a5d-ac96-774b-bcce-b302099a8057"
)

func mustParse(t *testing.T, s string) reply.ID {
	t.Helper()
	id, err := reply.ParseID(s)
	if err != nil {
		t.Fatalf("ParseID(%q): %v", s, err)
	}
	return id
}

func TestIDsAreInTheOrderOfTheirStart(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)
	// Past the first four bytes of the time, too: they change every 65 s.
	const day = 24 * time.Hour
	steps := []time.Duration{
		0, time.Millisecond, 255 * time.Millisecond, time.Second, time.Minute, time.Hour, 50 * day, 20_000 * day,
	}
	ids := make([]reply.ID, len(steps))
	for i, step := range steps {
		ids[i] = reply.NewID(start.Add(step), lastMailbox-reply.Mailbox(i))
	}
	for i := range ids {
		for j := range ids {
			want := 0
			switch {
			case i < j:
				want = -1
			case i > j:
				want = 1
			}
			if got := ids[i].Compare(ids[j]); got != want {
				t.Errorf("after %v and %v: Compare gives %d, want %d", steps[i], steps[j], got, want)
			}
			if got := strings.Compare(ids[i].String(), ids[j].String()); got != want {
				t.Errorf("after %v and %v: the texts compare as %d, want %d", steps[i], steps[j], got, want)
			}
		}
	}
}

func TestAnIDKeepsItsTimeToTheMillisecond(t *testing.T) {
	t.Parallel()
	times := []time.Time{
		time.UnixMilli(0),
		time.UnixMilli(1<<32 - 1),
		time.UnixMilli(1 << 32),
		time.UnixMilli(1<<48 - 1), // the year 10889
		time.Date(2026, time.November, 22, 16, 30, 0, 123_999_999, time.FixedZone("", 3600)),
	}
	for _, at := range times {
		got := reply.NewID(at, 7).Time()
		if want := at.Truncate(time.Millisecond); !got.Equal(want) {
			t.Errorf("NewID(%v): Time gives %v, want %v", at, got, want)
		}
	}
}

func TestAnIDKeepsItsMailbox(t *testing.T) {
	t.Parallel()
	boxes := []reply.Mailbox{0, 1, 0xff, 0x100, 0xffff, 0x1_0000, 0xf_0000, 0xa_5a5a, lastMailbox}
	for range 100 {
		boxes = append(boxes, reply.NewMailbox())
	}
	for _, box := range boxes {
		id := reply.NewID(time.Now(), box)
		if got := id.Mailbox(); got != box {
			t.Errorf("NewID(%#x): Mailbox gives %#x", box, got)
		}
		if got := mustParse(t, id.String()).Mailbox(); got != box {
			t.Errorf("NewID(%#x): Mailbox of the parsed text gives %#x", box, got)
		}
	}
}

func TestBitsBeyondTheMailboxAreLeftOut(t *testing.T) {
	t.Parallel()
	const box = 0xa_5a5a
	id := reply.NewID(time.Now(), 0xfff0_0000|box)
	if got := id.Mailbox(); got != box {
		t.Errorf("Mailbox gives %#x, want %#x", got, box)
	}
}

func TestMailboxesHave20BitsAndSpread(t *testing.T) {
	t.Parallel()
	var ones, zeros reply.Mailbox
	for range 200 { // a bit is the same in all of them once in 2^199
		box := reply.NewMailbox()
		if box > lastMailbox {
			t.Fatalf("mailbox %#x has more than 20 bits", box)
		}
		ones |= box
		zeros |= ^box
	}
	if ones != lastMailbox || zeros&lastMailbox != lastMailbox {
		t.Errorf("bits that are always zero: %#x, always one: %#x", lastMailbox&^ones, lastMailbox&^zeros)
	}
}

func TestEveryIDIsAUUIDOfVersion7(t *testing.T) {
	t.Parallel()
	for range 1000 {
		s := reply.NewID(time.Now(), reply.NewMailbox()).String()
		if s[14] != '7' || !strings.ContainsRune("89ab", rune(s[19])) {
			t.Fatalf("%s: the version is %q, want 7, and the variant %q, want one of 8, 9, a, b", s, s[14], s[19])
		}
	}
}

// Of the 128 bits 48 are the time, 4 the version, 2 the variant and 20 the
// mailbox. The other 54 must vary, each of them.
func TestAnIDHas54RandomBits(t *testing.T) {
	t.Parallel()
	now := time.Now()
	first := reply.NewID(now, lastMailbox)
	var varies reply.ID
	seen := map[reply.ID]bool{first: true}
	for range 10_000 {
		id := reply.NewID(now, lastMailbox)
		if seen[id] {
			t.Fatalf("%s was made twice", id)
		}
		seen[id] = true
		for i := range id {
			varies[i] |= id[i] ^ first[i]
		}
	}
	want := reply.ID{6: 0x0f, 7: 0xff, 8: 0x3f, 9: 0xff, 10: 0xff, 11: 0xff, 12: 0xff, 13: 0xf0}
	if varies != want {
		t.Errorf("the bits that vary are %x, want %x", varies, want)
	}
}

func TestParseIDTakesOnlyWhatIsAnID(t *testing.T) {
	t.Parallel()
	if got := mustParse(t, example).String(); got != example {
		t.Errorf("String gives %s, want %s", got, example)
	}
	for _, same := range []string{strings.ToUpper(example), strings.Replace(example, "a5d", "A5d", 1)} { // RFC 9562 section 4
		if id := mustParse(t, same); id != mustParse(t, example) || id.String() != example {
			t.Errorf("ParseID(%q) is %s", same, id)
		}
	}
	bad := map[string]string{
		"nothing":                "",
		"no dashes":              strings.ReplaceAll(example, "-", ""),
		"braces":                 "{" + example + "}",
		"a URN":                  "urn:uuid:" + example,
		"too short":              example[:35],
		"too long":               example + "0",
		"space in front":         " " + example[:35],
		"space behind":           example + " ",
		"a dash too many":        strings.Replace(example, "a5d-", "a5--", 1),
		"a dash at a digit":      "01890a5-" + example[8:],
		"a digit at a dash":      strings.Replace(example, "-", "0", 1),
		"a letter past f":        strings.Replace(example, "a", "g", 1),
		"a character before 0":   strings.Replace(example, "0", "/", 1),
		"a character past 9":     strings.Replace(example, "0", ":", 1),
		"a character before a":   strings.Replace(example, "a", "`", 1),
		"a full-width digit":     "\uff10" + example[3:],
		"version 4":              strings.Replace(example, "-7", "-4", 1),
		"version 8":              strings.Replace(example, "-7", "-8", 1),
		"variant of old":         strings.Replace(example, "-b", "-7", 1),
		"variant of another":     strings.Replace(example, "-b", "-c", 1),
		"the nil UUID":           "00000000-0000-0000-0000-000000000000",
		"the last UUID":          "ffffffff-ffff-ffff-ffff-ffffffffffff",
		"dashes only, of length": strings.Repeat("-", 36),
	}
	for name, s := range bad {
		id, err := reply.ParseID(s)
		if !errors.Is(err, reply.ErrBadID) || id != (reply.ID{}) {
			t.Errorf("%s: ParseID(%q) gives %v, %v; want no id and %v", name, s, id, err, reply.ErrBadID)
		}
	}
}

// The example is the one of RFC 9562, appendix A.6, with the digits that are
// the mailbox here.
func TestTheExampleOfTheRFCIsRead(t *testing.T) {
	t.Parallel()
	id := mustParse(t, "017f22e2-79b0-7cc3-98c4-dc0c0c07398f")
	if want := time.Date(2022, time.February, 22, 19, 22, 22, 0, time.UTC); !id.Time().Equal(want) {
		t.Errorf("Time gives %v, want %v", id.Time().UTC(), want)
	}
	if got, want := id.Mailbox(), reply.Mailbox(0x7398f); got != want {
		t.Errorf("Mailbox gives %#x, want %#x", got, want)
	}
}

func FuzzParseID(f *testing.F) {
	f.Add(example)
	f.Add(strings.ToUpper(example))
	f.Add("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")
	f.Add("")
	f.Add(strings.Repeat("-", 36))
	f.Fuzz(func(t *testing.T, s string) {
		id, err := reply.ParseID(s)
		if err != nil {
			if !errors.Is(err, reply.ErrBadID) || id != (reply.ID{}) {
				t.Fatalf("ParseID(%q) is read as %v, %v", s, id, err)
			}
			return
		}
		if got := id.String(); got != strings.ToLower(s) {
			t.Fatalf("ParseID(%q) reads %q: one request has two names", s, got)
		}
	})
}

func TestIDsAreTheirTextsInJSON(t *testing.T) {
	t.Parallel()
	want := map[string]reply.ID{"id": mustParse(t, "01890a5d-ac96-774b-bcce-b302099a8057")}
	doc, err := json.Marshal(want)
	if err != nil || string(doc) != `{"id":"01890a5d-ac96-774b-bcce-b302099a8057"}` {
		t.Errorf("got %s, %v", doc, err)
	}
	var got map[string]reply.ID
	if err := json.Unmarshal(doc, &got); err != nil || got["id"] != want["id"] {
		t.Errorf("got %v, %v", got, err)
	}
	if err := json.Unmarshal([]byte(`{"id":"01890A5D-AC96-774B-BCCE-B302099A8057"}`), &got); err != nil || got["id"] != want["id"] {
		t.Errorf("an id in capitals: %v, %v", got, err)
	}
}

// FuzzIDText goes the other way: whatever time, mailbox and chance make of an
// id can be written and read again.
func FuzzIDText(f *testing.F) {
	f.Add(int64(0), uint32(0))
	f.Add(int64(1<<48-1), uint32(lastMailbox))
	f.Fuzz(func(t *testing.T, ms int64, box uint32) {
		ms &= 1<<48 - 1
		id := reply.NewID(time.UnixMilli(ms), reply.Mailbox(box))
		again := mustParse(t, id.String())
		got := []int64{again.Time().UnixMilli(), int64(again.Mailbox())}
		if want := []int64{ms, int64(box) & int64(lastMailbox)}; again != id || !slices.Equal(got, want) {
			t.Fatalf("%s was read as %s with time and mailbox %v, want %v", id, again, got, want)
		}
	})
}

func BenchmarkNewID(b *testing.B) {
	now := time.Now()
	b.ReportAllocs()
	for b.Loop() {
		_ = reply.NewID(now, 7)
	}
}
