package knative

// memory is what a container asks for, and what it gets at most.
type memory struct{ request, limit string }

// The memory of a process that waits, and of one that works.
func waits() memory { return memory{request: "128Mi", limit: "512Mi"} }
func works() memory { return memory{request: "256Mi", limit: "1Gi"} }

// homing is the container of a process of Homing.
func (d *deployment) homing(env list, mem memory) object {
	return object{
		{key: "image", value: d.opts.Image},
		{key: "args", value: list{"knative"}},
		{key: "ports", value: list{object{{key: "name", value: portName}, {key: "containerPort", value: port}}}},
		{key: "env", value: env},
		{key: "readinessProbe", value: probe("/health/readiness")},
		{key: "livenessProbe", value: probe("/health/liveness")},
		{key: "resources", value: resources(mem)},
		{key: "securityContext", value: locked()},
	}
}

func probe(path string) object {
	return object{{key: "httpGet", value: object{{key: "path", value: path}}}}
}

func resources(mem memory) object {
	return object{
		{key: "requests", value: object{{key: "cpu", value: "100m"}, {key: "memory", value: mem.request}}},
		{key: "limits", value: object{{key: "cpu", value: "1"}, {key: "memory", value: mem.limit}}},
	}
}

// locked is the security context of a process that needs no right at all: what
// the Pod Security Standard "restricted" asks for, and a file system that
// cannot be written to.
func locked() object {
	const nobody = 65532 // "nonroot" of many base images; an image from scratch names no user
	return object{
		{key: "runAsNonRoot", value: true},
		{key: "runAsUser", value: nobody},
		{key: "readOnlyRootFilesystem", value: true},
		{key: "allowPrivilegeEscalation", value: false},
		{key: "capabilities", value: object{{key: "drop", value: list{"ALL"}}}},
		{key: "seccompProfile", value: object{{key: "type", value: "RuntimeDefault"}}},
	}
}
