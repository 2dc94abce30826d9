package schedule

import (
	"cmp"
	"math"
	"slices"
)

// bucketWidth in seconds: calls of a chain that started within it are planned
// for as one.
const bucketWidth = 0.004

// bucket counts calls that started at about the same time: those of one chain
// that share the scans.
type bucket struct {
	slot   int64
	calls  int
	starts float64 // their sum, since the slot's beginning
}

func (b *bucket) start() float64 { return float64(b.slot)*bucketWidth + b.starts/float64(b.calls) }

// buckets in the order of their slots. New calls come at the end.
type buckets struct {
	all   []bucket
	calls int
}

func slotOf(start float64) int64 { return int64(math.Floor(start / bucketWidth)) }

func (bs *buckets) find(slot int64) (int, bool) {
	if n := len(bs.all); n > 0 && bs.all[n-1].slot < slot {
		return n, false
	}
	return slices.BinarySearchFunc(bs.all, slot, func(b bucket, slot int64) int { return cmp.Compare(b.slot, slot) })
}

func (bs *buckets) add(start float64) {
	slot := slotOf(start)
	i, ok := bs.find(slot)
	if !ok {
		bs.all = slices.Insert(bs.all, i, bucket{slot: slot})
	}
	bs.all[i].calls++
	bs.all[i].starts += start - float64(slot)*bucketWidth
	bs.calls++
}

func (bs *buckets) remove(start float64) {
	slot := slotOf(start)
	i, ok := bs.find(slot)
	if !ok {
		return
	}
	bs.calls--
	bs.all[i].calls--
	bs.all[i].starts -= start - float64(slot)*bucketWidth
	if bs.all[i].calls == 0 {
		bs.all = slices.Delete(bs.all, i, i+1)
	}
}

// prune forgets what is older than a start.
func (bs *buckets) prune(start float64) {
	older, _ := bs.find(slotOf(start))
	for _, b := range bs.all[:older] {
		bs.calls -= b.calls
	}
	bs.all = bs.all[older:]
}

// merged yields at most about limit buckets of about the same width, by their
// mean start and number of calls.
func (bs *buckets) merged(limit int, yield func(start, calls float64)) {
	if len(bs.all) == 0 {
		return
	}
	width := (bs.all[len(bs.all)-1].slot - bs.all[0].slot) / int64(limit)
	for i := 0; i < len(bs.all); {
		end := bs.all[i].slot + width
		calls, sum := 0.0, 0.0
		for ; i < len(bs.all) && bs.all[i].slot <= end; i++ {
			n := float64(bs.all[i].calls)
			calls += n
			sum += n * bs.all[i].start()
		}
		yield(sum/calls, calls)
	}
}
