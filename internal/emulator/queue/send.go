package queue

func (s *Service) sendMessage(c call) (fields, error) {
	var in struct {
		QueueURL          string
		MessageBody       string
		DelaySeconds      int
		MessageAttributes map[string]attribute
	}
	if err := c.input(&in); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.find(in.QueueURL)
	if err != nil {
		return nil, err
	}
	return sent(q.send(outgoing{in.MessageBody, in.MessageAttributes, seconds(in.DelaySeconds)}))
}

func sent(m *message, err error) (fields, error) {
	if err != nil {
		return nil, err
	}
	return fields{"MessageId": m.id, "MD5OfMessageBody": checksum(m.Body)}, nil
}

func (s *Service) sendMessageBatch(c call) (fields, error) {
	var in struct {
		QueueURL string
		Entries  []struct {
			ID                string
			MessageBody       string
			DelaySeconds      int
			MessageAttributes map[string]attribute
		}
	}
	if err := c.input(&in); err != nil {
		return nil, err
	}
	var b batch
	size := 0
	for _, e := range in.Entries {
		b.ids = append(b.ids, e.ID)
		size += len(e.MessageBody)
	}
	if size > MaxMessage {
		return nil, &Error{
			"BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong", "Batch requests cannot be longer than 1048576 bytes.",
		}
	}
	return s.batch(in.QueueURL, b, func(q *queue, i int) (fields, error) {
		e := in.Entries[i]
		return sent(q.send(outgoing{e.MessageBody, e.MessageAttributes, seconds(e.DelaySeconds)}))
	})
}
