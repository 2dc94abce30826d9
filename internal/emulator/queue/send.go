package queue

import "errors"

// sendInput is what SendMessage takes.
type sendInput struct {
	address
	outgoing
}

func (q *queue) sendMessage(in sendInput) (fields, error) { return q.send(in.outgoing) }

// batchInput is what an action on several messages takes.
type batchInput[E any] struct {
	address

	Entries []E
}

type sendEntry struct {
	outgoing

	ID string
}

func (q *queue) sendMessages(in batchInput[sendEntry]) (fields, error) {
	size := 0
	for _, e := range in.Entries {
		size += len(e.MessageBody)
	}
	if size > MaxMessage {
		return nil, errLargeBatch
	}
	return batch(in.Entries, func(e sendEntry) string { return e.ID }, func(e sendEntry) (fields, error) { return q.send(e.outgoing) })
}

// maxBatch is how many entries a batch may have.
const maxBatch = 10

// batch does something for each entry; each succeeds or fails for itself.
func batch[E any](entries []E, idOf func(E) string, do func(E) (fields, error)) (fields, error) {
	seen := map[string]bool{}
	for _, e := range entries {
		id := idOf(e)
		if seen[id] {
			return nil, &Error{"BatchEntryIdsNotDistinct", queryPrefix + "BatchEntryIdsNotDistinct", "Id " + id + " repeated."}
		}
		seen[id] = true
	}
	switch {
	case len(entries) == 0:
		return nil, errEmptyBatch
	case len(entries) > maxBatch:
		return nil, errLongBatch
	}
	successful, failed := []fields{}, []fields{}
	for _, entry := range entries {
		out, err := do(entry)
		var e *Error
		switch {
		case errors.As(err, &e):
			failed = append(failed, fields{"Id": idOf(entry), "SenderFault": true, "Code": e.Type, "Message": e.Message})
		case err != nil:
			return nil, err
		default:
			out["Id"] = idOf(entry)
			successful = append(successful, out)
		}
	}
	return fields{"Successful": successful, "Failed": failed}, nil
}
