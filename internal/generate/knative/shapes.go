package knative

import (
	"fmt"
	"slices"
	"strings"
)

// page is a file before it is text.
type page struct {
	name    string
	about   string // what the reader of the file should know first
	objects []object
}

// inline is the shape of one Service.
func (d *deployment) inline() page {
	s := service{
		name: appName, component: componentAll,
		annotations: onePod(), calls: manyCalls(), budget: d.adapter,
		container: d.homing(d.allEnv(), works()),
	}
	return page{
		name: "10-homing.yaml",
		about: "One process runs the adapter and all steps of every chain.\n\n" +
			d.aboutSecret("tokens") + "\n\n" +
			"A call with \"Prefer: respond-async\" is worked on after its response. This pod\n" +
			"is told to stop only for a new revision or by the node; what still runs after\n" +
			"HOMING_DRAIN is lost with its reply. Where that matters, use another shape.",
		objects: []object{s.object(d.opts.Namespace)},
	}
}

// brokered is a shape with a broker between the adapter and its vertices. What
// others refer to comes first: a Service that finds its SinkBinding there needs
// no second revision.
func (d *deployment) brokered(vertices []vertex) []page {
	common := []page{
		{name: "10-broker.yaml", about: aboutBroker, objects: []object{d.broker()}},
		{name: "20-sinkbinding.yaml", about: aboutSinkBinding, objects: []object{d.sinkBinding()}},
		{name: "30-dead-letter.yaml", about: aboutDeadLetter, objects: []object{d.deadLetter()}},
		d.networkPolicies(),
		d.adapterPage(),
	}
	own := make([]page, 0, len(vertices))
	for _, v := range vertices {
		own = append(own, page{
			name:    "60-" + strings.TrimPrefix(v.name, appName+"-") + ".yaml",
			about:   v.about + aboutCapped(v),
			objects: []object{d.vertexService(v), d.trigger(v)},
		})
	}
	return slices.Concat(common, own)
}

func (d *deployment) adapterPage() page {
	s := service{
		name: adapterName, component: componentAdapter, labels: []entry{sendsToBroker()},
		annotations: onePod(), calls: anyCalls(), budget: d.adapter,
		container: d.homing(d.adapterEnv(), waits()),
	}
	return page{
		name: "50-adapter.yaml",
		about: "The adapter: takes calls over HTTP, sends their events to the broker, waits for\n" +
			"the replies and answers.\n\n" + d.aboutSecret("tokens", "reply-keys") + "\n\n" +
			"The first reply key signs the tokens with which replies come in, all keys are\n" +
			"accepted: a new key is put before the old one, which goes later. Without\n" +
			"reply-keys each process makes a key of its own.",
		objects: []object{s.object(d.opts.Namespace)},
	}
}

func (d *deployment) vertexService(v vertex) object {
	return service{
		name: v.name, component: componentVertex, labels: []entry{sendsToBroker(), clusterLocal()},
		annotations: elastic(),
		calls:       entry{key: "containerConcurrency", value: v.calls, note: v.why},
		budget:      v.budget,
		timeoutNote: " An event is answered when its work is done, so that the\npod is not taken away before.",
		container:   d.homing(d.vertexEnv(v), works()),
	}.object(d.opts.Namespace)
}

func aboutCapped(v vertex) string {
	if !v.capped {
		return ""
	}
	return fmt.Sprintf("\n\nKnative ends a request after %d s: what an async call does here may not take\n"+
		"longer than %d s, though its chain would wait longer for the reply.", seconds(maxTimeout), seconds(v.work))
}

// aboutSecret says how to make the Secret with these keys.
func (d *deployment) aboutSecret(keys ...string) string {
	var b strings.Builder
	b.WriteString("Secrets are not in this file. This makes one, with a value of your own for each:\n\n")
	fmt.Fprintf(&b, "  kubectl create secret generic %s --namespace %s", secretName, d.opts.Namespace)
	for _, key := range keys {
		name := map[string]string{"tokens": "TENANT", "reply-keys": "KEY-ID"}[key]
		fmt.Fprintf(&b, " \\\n    --from-literal=%s=\"%s=$(openssl rand -hex 32)\"", key, name)
	}
	b.WriteString("\n\nWithout tokens every caller is let in.")
	return b.String()
}
