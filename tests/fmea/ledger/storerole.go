package main

import "context"

// storeRole is the process of the role store, which keeps all in its memory.
const storeRole = "role"

const storeSecret = "shared-by-the-ledger-and-its-adapters" //nolint:gosec // of loopback

// roleStore is the command with HOMING_ROLE=store.
type roleStore struct{ process *process }

func newRoleStore(spawn func(name string, env ...string) (*process, error)) (*roleStore, error) {
	p, err := spawn("store", "HOMING_ROLE=store", "HOMING_STORE_SECRET="+storeSecret)
	if err != nil {
		return nil, err
	}
	return &roleStore{p}, nil
}

func (s *roleStore) start(ctx context.Context) error { return s.process.start(ctx) }
func (s *roleStore) address() string                 { return s.process.address() }
func (s *roleStore) victim() *process                { return s.process }

func (s *roleStore) env(address string) []string {
	return []string{"HOMING_STORE_URL=http://" + address, "HOMING_STORE_SECRET=" + storeSecret}
}

// forgets implements [store]: "keeps the replies of several adapters in its memory".
func (s *roleStore) forgets() bool { return true }
