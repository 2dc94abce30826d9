package sam_test

import (
	"maps"
	"slices"
	"testing"

	clambda "github.com/homing-dev/homing/adapter/carrier/lambda"
	"github.com/homing-dev/homing/functions"
)

func twoChains() []functions.Chain {
	return []functions.Chain{chainOf("a", "x", "y"), chainOf("b", "x")}
}

func TestEachShapeHasItsFunctions(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]string{
		"inline": {"Adapter", "Failure"},
		"vertex": {"Adapter", "Failure", "Vertex"},
		"split":  {"AX", "AY", "Adapter", "BX", "Failure"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			params := shape(name)
			if got := slices.Sorted(maps.Keys(deploy(t, params, twoChains()...).functions())); !slices.Equal(got, add(want, "Streaming")) {
				t.Errorf("with a function URL got %q", got)
			}
			params["StreamUrl"] = "false"
			if got := slices.Sorted(maps.Keys(deploy(t, params, twoChains()...).functions())); !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func add(list []string, more ...string) []string {
	out := slices.Concat(list, more)
	slices.Sort(out)
	return out
}

func TestEveryFunctionIsTheSameProgram(t *testing.T) {
	t.Parallel()
	for _, name := range shapes() {
		for id, f := range deploy(t, shape(name), twoChains()...).functions() {
			p := f.at("Properties")
			for key, want := range map[string]string{
				"CodeUri": ".", "Handler": "bootstrap", "Runtime": "provided.al2023", "Tracing": "Active", "Role": "${" + id + "Role.Arn}",
			} {
				if p[key] != want {
					t.Errorf("%s %s: %s is %v, want %s", name, id, key, p[key], want)
				}
			}
			if got := texts(p["Architectures"]); !slices.Equal(got, []string{"arm64"}) {
				t.Errorf("%s %s is built for %q", name, id, got)
			}
			if f.at("Metadata")["BuildMethod"] != "makefile" {
				t.Errorf("%s %s is not built by make", name, id)
			}
			if got := p.at("LoggingConfig"); got["LogGroup"] != "${"+id+"Logs}" || got["LogFormat"] != "JSON" {
				t.Errorf("%s %s logs to %v", name, id, got)
			}
		}
	}
}

// The adapter sends an event to who runs the first step, and who runs a step to
// who runs the next. Nobody may invoke anybody else but Failure.
func TestEventsFindTheirWayAndNoOther(t *testing.T) {
	t.Parallel()
	self := func(suffix string) string {
		return "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${AWS::StackName}-" + suffix
	}
	for _, tc := range []struct {
		shape, id string
		vertices  string
		invokes   []string
	}{
		{"inline", "Adapter", "", []string{self("adapter")}},
		{"inline", "Streaming", "", []string{self("streaming")}},
		{"vertex", "Adapter", "*=${Vertex}", []string{"${Vertex.Arn}"}},
		{"vertex", "Streaming", "*=${Vertex}", []string{"${Vertex.Arn}"}},
		{"vertex", "Vertex", "", nil},
		{"split", "Adapter", "a.x=${AX},b.x=${BX}", []string{"${AX.Arn}", "${BX.Arn}"}},
		{"split", "AX", "a.y=${AY}", []string{"${AY.Arn}"}},
		{"split", "AY", "", nil},
		{"split", "BX", "", nil},
	} {
		t.Run(tc.shape+" "+tc.id, func(t *testing.T) {
			t.Parallel()
			s := deploy(t, shape(tc.shape), twoChains()...)
			if got := s.environment(tc.id)["HOMING_VERTICES"]; got != tc.vertices {
				t.Errorf("the events go to %q, want %q", got, tc.vertices)
			}
			if got, want := s.allowed(tc.id, "lambda:InvokeFunction"), add(tc.invokes, "${Failure.Arn}"); !slices.Equal(got, want) {
				t.Errorf("may invoke %q, want %q", got, want)
			}
		})
	}
}

// The code that reads the list of vertices finds each step's function in it.
func TestTheCarrierUnderstandsWhoRunsAStep(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"vertex", "split"} {
		s := deploy(t, shape(name), builtIn(t)...)
		who := map[string]string{}
		for id := range s.functions() {
			who["Name"+id] = s.environment(id)["HOMING_STEPS"]
		}
		for _, c := range builtIn(t) {
			from := "Adapter"
			for _, step := range c.Steps {
				text := placeholder.ReplaceAllString(s.environment(from)["HOMING_VERTICES"], "Name$1")
				v, err := clambda.ParseVertices(text)
				if err != nil {
					t.Fatal(err)
				}
				to, ok := v.Find(c.Name, step.Name)
				if want := map[string]string{"vertex": "", "split": c.Name + "." + step.Name}[name]; !ok || who[to] != want {
					t.Errorf("%s: %s sends step %s.%s to %q, which runs %q", name, from, c.Name, step.Name, to, who[to])
				}
				if from = to[len("Name"):]; name == "vertex" {
					break
				}
			}
		}
	}
}

func TestWhoRunsStepsHasTheMemoryForIt(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]map[string]string{
		"inline": {"Adapter": "2048", "Streaming": "2048"},
		"vertex": {"Adapter": "512", "Streaming": "512", "Vertex": "2048"},
		"split":  {"Adapter": "512", "AX": "2048"},
	} {
		params := shape(name)
		params["AdapterMemory"], params["StepMemory"] = "512", "2048"
		s := deploy(t, params, twoChains()...)
		for id, memory := range want {
			if got := s.functions()[id].at("Properties")["MemorySize"]; got != memory {
				t.Errorf("%s: %s has %v MB, want %s", name, id, got, memory)
			}
		}
	}
}
