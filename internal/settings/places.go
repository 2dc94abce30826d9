package settings

import "slices"

// Runtime is where a process runs.
type Runtime int

// The runtimes.
const (
	Local     Runtime = iota // a server on this machine, with all steps
	Container                // a container on Knative, Kubernetes or elsewhere
	Func                     // an instance under the server of Knative's func
	Lambda                   // a function on AWS Lambda
)

// String implements fmt.Stringer.
func (r Runtime) String() string {
	return [...]string{"local server", "container", "func", "Lambda"}[r]
}

// RuntimeOf is where a program runs that is no function on AWS Lambda.
func RuntimeOf(environ []string) Runtime {
	getenv := Getenv(environ)
	if getenv("HOMING_ROLE") != "" || getenv("K_SERVICE") != "" {
		return Container
	}
	return Local
}

// Roles of a process.
const (
	RoleAll     = "all"     // the adapter and all steps
	RoleAdapter = "adapter" // the adapter; the steps run elsewhere
	RoleVertex  = "vertex"  // steps
	RoleFailure = "failure" // keeps dead events and completes their requests
)

// Roles are the roles that a process of this runtime can have.
func (r Runtime) Roles() []string {
	switch r {
	case Container, Func:
		return []string{RoleAll, RoleAdapter, RoleVertex, RoleFailure}
	case Lambda:
		return []string{RoleAll, RoleAdapter, RoleVertex, RoleFailure}
	case Local:
	}
	return []string{RoleAll}
}

// roleWords are the roles that may be named. On this machine that is any one, to
// no effect.
func (r Runtime) roleWords() []string {
	if r == Local {
		return Container.Roles()
	}
	return r.Roles()
}

// Places are the roles in which a setting has an effect, by the runtime.
type Places map[Runtime][]string

func (p Places) has(r Runtime, role string) bool { return slices.Contains(p[r], role) }

func (p Places) and(more Places) Places {
	out := Places{}
	for _, one := range []Places{p, more} {
		for r, roles := range one {
			out[r] = append(out[r], roles...)
		}
	}
	return out
}

// everywhere is every role of every runtime.
func everywhere() Places { return every(Local, Container, Func, Lambda) }

// every is every role of some runtimes.
func every(runtimes ...Runtime) Places {
	out := Places{}
	for _, r := range runtimes {
		out[r] = r.Roles()
	}
	return out
}

// adapters are the processes that take calls.
func adapters() Places {
	return Places{Local: {RoleAll}}.and(roles([]Runtime{Container, Func, Lambda}, RoleAll, RoleAdapter))
}

// containers are roles of a container, however it is served.
func containers(names ...string) Places { return roles([]Runtime{Container, Func}, names...) }

// lambdas are roles of a Lambda function.
func lambdas(names ...string) Places { return roles([]Runtime{Lambda}, names...) }

func roles(runtimes []Runtime, names ...string) Places {
	out := Places{}
	for _, r := range runtimes {
		out[r] = names
	}
	return out
}

// vertices are the processes that run steps.
func vertices() Places {
	return Places{Local: {RoleAll}}.and(roles([]Runtime{Container, Func, Lambda}, RoleAll, RoleVertex))
}
