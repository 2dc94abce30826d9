package sam

// failureMemory is in MB: it handles one event at a time.
const failureMemory = "256"

// failure is the function that takes the events that others could not work on.
func (d *deployment) failure() function {
	id, suffix := failureID, "failure"
	return function{
		ID: id, Suffix: suffix,
		About: "Gets the events that a function could not work on: it ran out of time or memory,\n" +
			"or crashed. Keeps them in the queue, and then writes an honest error as the\n" +
			"reply. If it cannot, Lambda puts the event into the queue itself.",
		Description: "Keeps events that failed and answers their callers",
		Memory:      failureMemory, Timeout: yamlSeconds(failureTimeout),
		Environment: []variable{{"HOMING_ROLE", "failure"}, {"HOMING_DEAD_LETTERS", "!Ref DeadLetters"}},
		KeepsEvents: true,
		Statements: append([]statement{
			logging(id), {"sqs:SendMessage", []string{arn("DeadLetters")}},
		}, d.onTable(failureOperations()...)...),
		alarmAfter: tooLong(failureTimeout),
	}
}
