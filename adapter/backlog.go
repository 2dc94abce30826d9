package adapter

import (
	"context"
	"slices"
)

// backlog are the calls whose callers do not wait, those with respond-async: they have
// time until their deadline, and may hold their place for long. So they are admitted
// behind those of their class whose callers wait, and only to a half of the places; of
// one class the tenant comes first of which the fewest calls run. How long they take
// does not change the limit.
type backlog struct {
	running, waiting int
	byClass          [classes]map[*tenantCalls][]*admitted // as they came
}

// enterLater waits until a call may run whose caller does not wait, or until its work
// is over: then it returns why.
func (ad *admission) enterLater(ctx context.Context, c *call) error {
	me := &c.admitted
	ad.mu.Lock()
	load := ad.load(c.tenant)
	me.tenant, me.granted = load, make(chan error, 1)
	queues := &ad.later.byClass[me.class]
	if *queues == nil {
		*queues = map[*tenantCalls][]*admitted{}
	}
	(*queues)[load] = append((*queues)[load], me)
	load.later++
	ad.later.waiting++
	for ad.runNext() {
	}
	ad.mu.Unlock()
	select {
	case err := <-me.granted:
		return err
	case <-ctx.Done():
	}
	ad.mu.Lock()
	defer ad.mu.Unlock()
	if me.permit == nil {
		ad.removeLater(me)
		ad.forget(c.tenant, load)
	}
	return context.Cause(ctx)
}

// nextLater returns the call that runs next of those whose callers do not wait; nil if
// none may.
func (ad *admission) nextLater() *admitted {
	if ad.later.waiting == 0 || ad.later.running >= max(ad.limiter.Limit()/2, 1) { //nolint:mnd // a half
		return nil
	}
	for cl := classes - 1; cl >= 0; cl-- {
		var first *tenantCalls
		for tenant := range ad.later.byClass[cl] {
			if first == nil || tenant.running < first.running {
				first = tenant
			}
		}
		if first != nil {
			return ad.later.byClass[cl][first][0]
		}
	}
	return nil
}

// removeLater takes a call out of those that wait.
func (ad *admission) removeLater(me *admitted) {
	queues := ad.later.byClass[me.class]
	i := slices.Index(queues[me.tenant], me)
	if queues[me.tenant] = slices.Delete(queues[me.tenant], i, i+1); len(queues[me.tenant]) == 0 {
		delete(queues, me.tenant)
	}
	me.tenant.later--
	ad.later.waiting--
}

// admitLater lets the work of a call begin whose caller does not wait. Another process
// that does the work has its own admission.
func (a *Adapter) admitLater(c *call) error {
	if a.calls.admission == nil || !c.admitted.later || c.route.remote || c.handsOver {
		return nil
	}
	return a.calls.admission.enterLater(&c.work, c)
}
