package template

// event reads what calls a function.
func (b *builder) event(event field, f *Function) {
	b.only(event.value, "Type Properties", "", "")
	switch kind := plain(event.raw("Type")); kind {
	case "HttpApi":
		b.routeEvent(event, f, HTTP)
	case "Api":
		b.routeEvent(event, f, REST)
	case "SQS":
		b.queueEvent(event, f)
	default:
		b.wrong(event.value, "an event of type %q cannot be run on this machine: only HttpApi, Api and SQS", kind)
	}
}
