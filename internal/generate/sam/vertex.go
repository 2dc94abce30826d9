package sam

import (
	"fmt"
	"slices"
	"strings"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/generate/needs"
)

// step is a function that runs one step, with the remote ones beside it.
type step struct {
	function

	chain, name string // name is that of the first one
	first       bool
}

// where is an entry of HOMING_VERTICES, for !Sub.
func (s *step) where() string { return s.chain + "." + s.name + "=${" + s.ID + "}" }

// vertex is the function that runs all steps.
func (d *deployment) vertex(remote []string) function {
	f := d.worker("Vertex", "vertex", d.chains...)
	f.Condition = d.only(Vertex)
	f.About = "Runs all steps of every chain, one after the other, and writes the reply."
	if names := d.limits.capped; len(names) > 0 {
		f.About += "\n" + fmt.Sprintf("Lambda ends it after %d s, and then Failure answers in its place: for an async\n"+
			"call of %s, which may want as long.", seconds(maxTimeout), strings.Join(names, " or "))
	}
	f.Description = "Runs all steps of every chain"
	f.Environment = append([]variable{{"HOMING_ROLE", "vertex"}, bodies()}, d.variables(needs.OfAll(d.chains), "")...)
	for _, c := range d.chains {
		f.Permissions = append(f.Permissions, permissions(c.Steps, "")...)
	}
	f.Statements = append(f.Statements, invoking(append(slices.Clip(remote), arn(failureID))...))
	return f
}

// steps are the functions of the shape split. Each may invoke the next one of
// its chain, and the last writes the reply.
func (d *deployment) steps() ([]step, error) {
	var out []step
	for _, c := range d.chains {
		processes := needs.Processes(c.Steps)
		run := make([]step, len(processes))
		for i, steps := range processes {
			id, suffix, err := d.names.function(c.Name, needs.NameOf(steps))
			if err != nil {
				return nil, err
			}
			run[i] = step{function: d.worker(id, suffix, c), chain: c.Name, name: steps[0].Name, first: i == 0}
			run[i].Condition, run[i].isStep = d.only(Split), true
		}
		for i, steps := range processes {
			if err := run[i].runs(steps, run[i+1:]); err != nil {
				return nil, fmt.Errorf("chain %s: %w", c.Name, err)
			}
			run[i].Environment = append(run[i].Environment, d.variables(needs.Of(c, steps...), "")...)
			run[i].Permissions = permissions(steps, "")
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
func (s *step) runs(what []functions.Step, after []step) error {
	may, err := foreign(what)
	if err != nil {
		return err
	}
	var list, words []string
	for _, one := range what {
		list, words = append(list, s.chain+"."+one.Name), append(words, one.Name)
	}
	s.Description = "Runs step " + strings.Join(words, " and ") + " of chain " + s.chain
	s.About = s.Description + ", and "
	s.Environment = []variable{{"HOMING_ROLE", "vertex"}, {"HOMING_STEPS", strings.Join(list, ",")}, bodies()}
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

// worker is a function with the role vertex, for steps of chains.
func (d *deployment) worker(id, suffix string, chains ...functions.Chain) function {
	return function{
		ID: id, Suffix: suffix,
		Memory: "!Ref StepMemory", Timeout: yamlSeconds(d.limits.timeout), Concurrency: reserved("Step"), EventAge: eventAge(chains...),
		Statements:  append([]statement{logging(id)}, d.onTable(vertexOperations()...)...),
		BodyActions: bodyActions(bodyOperations()...),
		alarmAfter:  tooLong(d.limits.timeout),
	}
}
