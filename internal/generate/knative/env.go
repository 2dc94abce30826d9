package knative

import (
	"strconv"
	"time"
)

// The environment that a process of Homing reads on Knative, as far as the
// manifests set it.
const (
	envRole       = "HOMING_ROLE"
	envCarrier    = "HOMING_CARRIER"
	envSteps      = "HOMING_STEPS"
	envReplyURL   = "HOMING_REPLY_URL"
	envReplyAllow = "HOMING_REPLY_ALLOW"
	envReplyKeys  = "HOMING_REPLY_KEYS"
	envTokens     = "HOMING_TOKENS"
	envDrain      = "HOMING_DRAIN"
	envPodIP      = "POD_IP"
)

// carrierBroker is said although it is the default where there is a broker, so
// that a process that was not told of one fails at its start.
const carrierBroker = "broker"

func variable(name, value string) object {
	return object{{key: "name", value: name}, {key: "value", value: value}}
}

// secret takes a variable from the Secret, if that is there.
func secret(name, key string) object {
	return object{
		{key: "name", value: name},
		{key: "valueFrom", value: object{{key: "secretKeyRef", value: object{
			{key: "name", value: secretName},
			{key: "key", value: key},
			{key: "optional", value: true},
		}}}},
	}
}

func drain(after time.Duration) noted {
	return noted{
		value: variable(envDrain, after.String()),
		note:  "Longer than any deadline, so that a call that is waited for is finished.",
	}
}

// allEnv is for a process with adapter and all steps.
func (d *deployment) allEnv() list {
	return list{variable(envRole, "all"), secret(envTokens, "tokens"), drain(d.adapter.work + drainMargin)}
}

func (d *deployment) adapterEnv() list {
	env := list{variable(envRole, "adapter"), variable(envCarrier, carrierBroker)}
	if d.opts.PodNetwork == "" {
		env = append(env, noted{
			value: variable(envReplyURL, d.adapterURL()),
			note: "Right as long as there is one pod. With Knative's feature\n" +
				"kubernetes.podspec-fieldref, http://$(POD_IP):8080 names the very pod that\n" +
				"waits, also while a new revision takes over.",
		})
	} else {
		env = append(env,
			noted{
				value: object{
					{key: "name", value: envPodIP},
					{key: "valueFrom", value: object{{key: "fieldRef", value: object{{key: "fieldPath", value: "status.podIP"}}}}},
				},
				note: "Needs Knative's feature kubernetes.podspec-fieldref (config-features).",
			},
			variable(envReplyURL, "http://$("+envPodIP+"):"+strconv.Itoa(port)))
	}
	return append(env, secret(envReplyKeys, "reply-keys"), secret(envTokens, "tokens"), drain(d.adapter.work+drainMargin))
}

// vertexEnv is for a process that runs steps.
func (d *deployment) vertexEnv(v vertex) list {
	allow := d.adapterURL() + "/"
	if d.opts.PodNetwork != "" {
		allow = "http://" + d.opts.PodNetwork + "*:" + strconv.Itoa(port)
	}
	return list{
		variable(envRole, "vertex"),
		variable(envCarrier, carrierBroker),
		variable(envSteps, v.steps),
		noted{
			value: variable(envReplyAllow, allow),
			note:  "Replies go nowhere else, whatever an event says.",
		},
		drain(v.work + drainMargin),
	}
}

// adapterURL is where pods of the cluster reach the adapter.
func (d *deployment) adapterURL() string {
	return "http://" + adapterName + "." + d.opts.Namespace + ".svc.cluster.local"
}
