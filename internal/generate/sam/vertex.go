package sam

import (
	"fmt"
	"slices"
	"strings"

	"github.com/homing-dev/homing/functions"
)

// splitCondition is that of what only the shape split has.
const splitCondition = "IsSplit"

// step is a function that runs one step.
type step struct {
	function

	chain, name string
	first       bool
}

// where is an entry of HOMING_VERTICES, for !Sub.
func (s *step) where() string { return s.chain + "." + s.name + "=${" + s.ID + "}" }

// vertex is the function that runs all steps.
func (d *deployment) vertex(remote []string) function {
	f := d.worker("Vertex", "vertex")
	f.Condition = "IsVertex"
	f.About = "Runs all steps of every chain, one after the other, and writes the reply."
	if names := d.limits.capped; len(names) > 0 {
		f.About += "\n" + fmt.Sprintf("Lambda ends it after %d s, and then Failure answers in its place: for an async\n"+
			"call of %s, which may want as long.", seconds(maxTimeout), strings.Join(names, " or "))
	}
	f.Description = "Runs all steps of every chain"
	f.Environment = []variable{{"HOMING_ROLE", "vertex"}, bodies()}
	f.Statements = append(f.Statements, invoking(append(slices.Clip(remote), arn(failureID))...))
	return f
}

// steps are the functions of the shape split. Each may invoke the next one of
// its chain, and the last writes the reply.
func (d *deployment) steps() ([]step, error) {
	var out []step
	for _, c := range d.chains {
		run := make([]step, len(c.Steps))
		for i, s := range c.Steps {
			id, suffix, err := d.names.function(c.Name, s.Name)
			if err != nil {
				return nil, err
			}
			run[i] = step{function: d.worker(id, suffix), chain: c.Name, name: s.Name, first: i == 0}
			run[i].Condition = splitCondition
		}
		for i, s := range c.Steps {
			if err := run[i].runs(s, run[i+1:]); err != nil {
				return nil, fmt.Errorf("chain %s: %w", c.Name, err)
			}
		}
		group, err := d.names.group(c.Name, (len(run)+maxSeries-1)/maxSeries)
		if err != nil {
			return nil, err
		}
		d.groups = append(d.groups, together(c.Name, group, run)...)
		out = append(out, run...)
	}
	return out, nil
}

// runs fills in what the function needs to run a step and to forward the event
// to the first of those after it.
func (s *step) runs(what functions.Step, after []step) error {
	may, err := foreign([]functions.Step{what})
	if err != nil {
		return err
	}
	s.Description = "Runs step " + s.name + " of chain " + s.chain
	s.About = s.Description + ", and "
	s.Environment = []variable{{"HOMING_ROLE", "vertex"}, {"HOMING_STEPS", s.chain + "." + s.name}, bodies()}
	if len(after) == 0 {
		s.About += "writes the reply."
	} else {
		s.About += "hands the event on, or writes the reply\nif the call ends here."
		s.Environment = append(s.Environment, variable{"HOMING_VERTICES", "!Sub " + quoted(after[0].where())})
		may = append(may, arn(after[0].ID))
	}
	s.Statements = append(s.Statements, invoking(append(may, arn(failureID))...))
	return nil
}

// worker is a function with the role vertex.
func (d *deployment) worker(id, suffix string) function {
	return function{
		ID: id, Suffix: suffix,
		Memory: "!Ref StepMemory", Timeout: yamlSeconds(d.limits.timeout),
		Statements:  []statement{logging(id), onTable(vertexOperations()...)},
		BodyActions: bodyActions(bodyOperations()...),
		alarmAfter:  tooLong(d.limits.timeout),
	}
}
