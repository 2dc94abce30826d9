package queue

func (s *Service) deleteMessage(c call) (fields, error) {
	var in struct{ QueueURL, ReceiptHandle string }
	if err := c.input(&in); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.find(in.QueueURL)
	if err != nil {
		return nil, err
	}
	return nil, q.remove(in.ReceiptHandle)
}

func (s *Service) deleteMessageBatch(c call) (fields, error) {
	var in struct {
		QueueURL string
		Entries  []struct{ ID, ReceiptHandle string }
	}
	if err := c.input(&in); err != nil {
		return nil, err
	}
	var b batch
	for _, e := range in.Entries {
		b.ids = append(b.ids, e.ID)
	}
	return s.batch(in.QueueURL, b, func(q *queue, i int) (fields, error) {
		return fields{}, q.remove(in.Entries[i].ReceiptHandle)
	})
}

func (s *Service) purgeQueue(c call) (fields, error) {
	var in struct{ QueueURL string }
	if err := c.input(&in); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.find(in.QueueURL)
	if err != nil {
		return nil, err
	}
	q.messages = nil
	return nil, nil //nolint:nilnil // an answer without fields
}
