package emulator

import (
	"github.com/homing-dev/homing/internal/emulator/template"
)

// URL is the address of the first API, with its stage and without a slash at
// the end; "" if there is no API.
func (e *Emulator) URL() string {
	if len(e.stack.APIs) == 0 {
		return ""
	}
	return e.APIURL(e.stack.APIs[0].ID)
}

// APIURL is the address of an API, by its logical id or id, with its stage and
// without a slash at the end; "" if there is none.
func (e *Emulator) APIURL(id string) string {
	for _, api := range e.stack.APIs {
		if api.ID == id || api.APIID == id {
			return e.local[api.URL] + stagePath(api)
		}
	}
	return ""
}

func stagePath(api template.API) string {
	if api.Stage == "$default" {
		return ""
	}
	return "/" + api.Stage
}

// FunctionURL is the address of a Function URL, without a slash at the end; ""
// if there is none.
func (e *Emulator) FunctionURL(function string) string {
	f, ok := e.stack.Function(function)
	if !ok || f.URL == nil {
		return ""
	}
	return e.local[f.URL.URL]
}

// QueueURL is what a client of SQS calls a queue; "" if there is none.
func (e *Emulator) QueueURL(queue string) string {
	q, ok := e.stack.Queue(queue)
	if !ok {
		return ""
	}
	return e.queueURL(q.Name)
}

// LambdaURL is the endpoint for clients of the AWS SDK that call Lambda; see
// [Emulator.Config] for their other settings.
func (e *Emulator) LambdaURL() string { return e.local[lambdaService] }

// SQSURL is that for clients of SQS.
func (e *Emulator) SQSURL() string { return e.local[queueService] }

// TablesURL is that for clients of DynamoDB; "" if there are no tables.
func (e *Emulator) TablesURL() string { return e.options.Tables }

// Stack is what runs, with the addresses that it would have on AWS.
func (e *Emulator) Stack() template.Stack { return e.stack }

// Outputs are the stack's, with addresses of this machine.
func (e *Emulator) Outputs() []template.Output {
	outputs := make([]template.Output, 0, len(e.stack.Outputs))
	for _, o := range e.stack.Outputs {
		o.Value = e.replacer.Replace(o.Value)
		outputs = append(outputs, o)
	}
	return outputs
}

// Output is the value of an output; "" if there is none of the name.
func (e *Emulator) Output(name string) string {
	for _, o := range e.Outputs() {
		if o.Name == name {
			return o.Value
		}
	}
	return ""
}
