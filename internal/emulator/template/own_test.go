package template_test

import (
	"testing"

	"github.com/homing-dev/homing/internal/emulator/template"
)

// TestTheProjectsOwnTemplateIsRead holds that no change to it takes away what
// `homing local` can run.
func TestTheProjectsOwnTemplateIsRead(t *testing.T) {
	t.Parallel()
	for shape, least := range map[string]int{"inline": 2, "vertex": 3, "split": 4} {
		for _, stream := range []string{"false", "true"} {
			stack, err := template.Load("../../../template.yaml",
				map[string]string{"Shape": shape, "StreamUrl": stream, "Arrivals": stream}, template.Options{})
			if err != nil {
				t.Errorf("%s: %v", shape, err)
				continue
			}
			if len(stack.Functions) < least || len(stack.Tables) != 1 || len(stack.APIs) != 1 || len(stack.Queues) == 0 || len(stack.Ignored) != 0 {
				t.Errorf("%s: got %+v", shape, stack)
			}
		}
	}
}
