package knative

const aboutDeadLetter = `Gets the events that could not be delivered to their vertex, with the reason in
the attributes knativeerrordest, knativeerrorcode and knativeerrordata.

This is the least that works: any image will do that answers 2xx to what is
posted to it and shows it in its log, such as event_display of Knative Eventing.
It keeps nothing and answers nobody: the caller of such an event gets 504 at the
deadline. Put a sink that stores events here where they must not be lost.`

// deadLetterCalls is the containerConcurrency of a container that only writes
// its log.
const deadLetterCalls = 100

// deadLetter is the Service at the end of all retries.
func (d *deployment) deadLetter() object {
	return service{
		name: deadLetterName, component: componentDeadLetter, labels: []entry{clusterLocal()},
		annotations: elastic(),
		calls:       entry{key: "containerConcurrency", value: deadLetterCalls},
		budget:      newBudget(margin),
		container: object{
			{key: "image", value: d.opts.DeadLetterImage},
			{key: "ports", value: list{object{{key: "name", value: portName}, {key: "containerPort", value: port}}}},
			{key: "resources", value: resources(waits())},
			{key: "securityContext", value: locked()},
		},
	}.object(d.opts.Namespace)
}
