package queue

import "errors"

// maxBatch is how many entries a batch may have.
const maxBatch = 10

// batch is the ids of the entries of a request.
type batch struct{ ids []string }

func (b batch) check() error {
	seen := map[string]bool{}
	for _, id := range b.ids {
		if seen[id] {
			return errSameIDs(id)
		}
		seen[id] = true
	}
	switch {
	case len(b.ids) == 0:
		return errEmptyBatch()
	case len(b.ids) > maxBatch:
		return errLongBatch()
	}
	return nil
}

// batch does something for each entry; each succeeds or fails for itself.
func (s *Service) batch(where string, b batch, do func(q *queue, i int) (fields, error)) (fields, error) {
	if err := b.check(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.find(where)
	if err != nil {
		return nil, err
	}
	successful, failed := []fields{}, []fields{}
	for i, id := range b.ids {
		out, err := do(q, i)
		var e *Error
		switch {
		case errors.As(err, &e):
			failed = append(failed, fields{"Id": id, "SenderFault": true, "Code": e.Type, "Message": e.Message})
		case err != nil:
			return nil, err
		default:
			out["Id"] = id
			successful = append(successful, out)
		}
	}
	return fields{"Successful": successful, "Failed": failed}, nil
}
