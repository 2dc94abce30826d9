package sam_test

import (
	"slices"
	"testing"
)

// The rights of a role are the operations of the SDK that its code calls: no
// call is refused, and no right is there for nothing.
func TestRightsAreWhatTheCodeCalls(t *testing.T) {
	t.Parallel()
	store := parse(t, "adapter/reply/dynamodb")
	everything := store.reached(store.everything()...)
	if !slices.Equal(everything, add(store.api)) {
		t.Errorf("the store's API has %q, its code calls %q", store.api, everything)
	}
	// What a vertex calls of the store, and what the failure function does.
	vertex, failure := parse(t, "runtimes/internal/worker").of("store"), parse(t, "internal/deadletter").of("store")
	bodies := parse(t, "internal/claimcheck").of("bodies")
	vertex = append(vertex, bodies...)
	if len(vertex) == 0 || len(failure) == 0 {
		t.Fatalf("nothing was found that is called of the store: %q and %q", vertex, failure)
	}
	carrier := parse(t, "adapter/carrier/lambda")
	invoke := carrier.reached(carrier.everything()...)
	if !slices.Equal(invoke, []string{"Invoke"}) {
		t.Errorf("the carrier calls %q", invoke)
	}
	bucket := parse(t, "adapter/reply/s3")
	letters := parse(t, "internal/deadletter/sqsqueue")
	send := letters.reached(letters.everything()...)

	for _, name := range shapes() {
		params := shape(name)
		params["LargeData"] = "bucket"
		s := deploy(t, params, builtIn(t)...)
		for id := range s.functions() {
			want := map[string][]string{"dynamodb": everything, "lambda": {"InvokeFunction"}} // the action for Invoke
			want["s3"] = bucket.reached(bodies...)
			switch s.environment(id)["HOMING_ROLE"] {
			case "adapter":
				want["s3"] = bucket.reached("PutBody")
			case "vertex":
				want["dynamodb"] = store.reached(vertex...)
			case "failure":
				want = map[string][]string{"dynamodb": store.reached(failure...), "sqs": send}
			}
			for _, service := range []string{"dynamodb", "lambda", "sqs", "s3"} {
				if got := s.actions(id, service); !slices.Equal(got, want[service]) {
					t.Errorf("%s %s may do %q of %s, its code calls %q", name, id, got, service, want[service])
				}
			}
		}
	}
}
