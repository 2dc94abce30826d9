package schedule

// history counts the replies that were delivered and are still in the mailbox,
// by the start of their calls: a store that keeps a mailbox in the order of
// the ids reads them again with every look that begins before them.
type history struct {
	all []delivered // by slot
}

type delivered struct {
	slot  int64
	count int
}

func (h *history) add(start float64) {
	slot := slotOf(start)
	i := len(h.all)
	for i > 0 && h.all[i-1].slot > slot {
		i--
	}
	if i > 0 && h.all[i-1].slot == slot {
		h.all[i-1].count++
		return
	}
	h.all = append(h.all, delivered{})
	copy(h.all[i+1:], h.all[i:])
	h.all[i] = delivered{slot, 1}
}

// prune forgets what is older than the oldest call that shares the looks.
func (h *history) prune(oldest float64) {
	slot, i := slotOf(oldest), 0
	for i < len(h.all) && h.all[i].slot < slot {
		i++
	}
	h.all = h.all[i:]
}
