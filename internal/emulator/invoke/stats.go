package invoke

// Stats is what a function has done since the service was made.
type Stats struct {
	// ColdStarts counts processes started, Environments those that can be used
	// now.
	ColdStarts, Environments int
	// Invocations counts runs, retries of events included.
	Invocations int
	// Throttles counts invocations refused and events that had to wait, for
	// want of room.
	Throttles int
	// Events counts asynchronous events accepted, Retries their runs after the
	// first, Queued those not done now: queued, running or waiting for a retry.
	Events, Retries, Queued int
	// Failed counts events that Lambda gave up, Dropped records of events that
	// no destination took.
	Failed, Dropped int
}

// Stats of a function, by name or ARN; the zero value if there is none.
func (s *Service) Stats(name string) Stats {
	f := s.functions[nameOf(name)]
	if f == nil {
		return Stats{}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	stats := f.stats
	stats.Environments = len(f.environments)
	return stats
}

func (s *Service) count(f *function, add func(*Stats)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	add(&f.stats)
}
