package viaredis_test

import (
	"testing"

	"github.com/homing-dev/homing/tests/bench/internal/viaredis"
)

func TestEveryWayIsMeasured(t *testing.T) {
	t.Parallel()
	server, err := viaredis.Server(t.Context(), t.TempDir(), viaredis.EverySecond)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Kill)
	paths, err := viaredis.MeasurePaths(t.Context(), server.URL(), 1)
	if err != nil || len(paths) != 1 {
		t.Fatal(paths, err)
	}
	if p := paths[0]; min(p.Trips, p.Writes, p.Sync, p.Async) <= 0 {
		t.Errorf("got %+v", p)
	}
}
