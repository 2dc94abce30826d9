package cloudevents

// Defaults of [Limits].
const (
	// DefaultAttributes is the default of Limits.Attributes.
	DefaultAttributes = 64
	// DefaultAttributeBytes is the default of Limits.AttributeBytes: 32 KiB, as
	// much as a request may have of headers.
	DefaultAttributeBytes = 32 << 10
	// DefaultBatchEvents is the default of Limits.BatchEvents.
	DefaultBatchEvents = 1000
	// DefaultDepth is the default of Limits.Depth.
	DefaultDepth = 512
)

// Limits bound what is read; the size of the body is bounded by whoever reads
// it. The zero value stands for the defaults.
type Limits struct {
	// Attributes is the greatest number of attributes of an event, extensions
	// included; 0 means [DefaultAttributes].
	Attributes int
	// AttributeBytes is the greatest length of the name and of the value of an
	// attribute in bytes, before it is decoded; 0 means [DefaultAttributeBytes].
	AttributeBytes int
	// BatchEvents is the greatest number of events in a batch; 0 means
	// [DefaultBatchEvents].
	BatchEvents int
	// Depth is how deep arrays and objects may be nested in a JSON body, the
	// event itself included; 0 means [DefaultDepth].
	Depth int
}

func (l Limits) withDefaults() Limits {
	if l.Attributes == 0 {
		l.Attributes = DefaultAttributes
	}
	if l.AttributeBytes == 0 {
		l.AttributeBytes = DefaultAttributeBytes
	}
	if l.BatchEvents == 0 {
		l.BatchEvents = DefaultBatchEvents
	}
	if l.Depth == 0 {
		l.Depth = DefaultDepth
	}
	return l
}
