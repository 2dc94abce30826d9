package knative

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Shape is which process runs which steps.
type Shape string

// The shapes of a deployment.
const (
	// Inline runs the adapter and all steps in one process.
	Inline Shape = "inline"
	// Vertex runs the adapter in one process and each chain in another.
	Vertex Shape = "vertex"
	// Split runs the adapter in one process and each step in another.
	Split Shape = "split"
)

// Shapes are all shapes, in the order in which a deployment grows.
func Shapes() []Shape { return []Shape{Inline, Vertex, Split} }

// Defaults of [Options].
const (
	// DefaultImage is the sample app, which ko builds, publishes and names when it
	// applies a manifest.
	DefaultImage     = KoScheme + "github.com/homing-dev/homing/cmd/app"
	DefaultNamespace = "default"
	DefaultGateway   = "kourier-system"
)

// KoScheme begins a reference to a Go package in the place of an image.
const KoScheme = "ko://"

// Options of [Manifests]. The zero value is usable.
type Options struct {
	// Shapes to write; none means all of them.
	Shapes []Shape
	// Image has the app as its entry point, or the homing command, for every
	// process; "" means [DefaultImage].
	Image string
	// Args are the arguments of the entry point: none of an app.
	Args []string
	// App names everything; "" means [DefaultApp].
	App string
	// Secret has the tokens, the keys and the secrets of chains; "" means that it is
	// named as the App.
	Secret string
	// Open lets every caller in, and has vertices take every event: the Secret has no
	// tokens and needs no keys.
	Open bool
	// Env sets variables of the chains, in the place of their defaults.
	Env map[string]string
	// Chain is the text of chain.yaml, which goes into a ConfigMap that every process
	// reads; "" means that it is in the image.
	Chain string
	// Additions is the folder beside those of the shapes with a Component of
	// kustomize, which every shape gets; "" means none.
	Additions string
	// Namespace that everything is deployed in; "" means [DefaultNamespace].
	Namespace string
	// Gateway is the namespace of Knative's ingress gateway; "" means
	// [DefaultGateway].
	Gateway string
	// PodNetwork is what the IP addresses of all pods begin with, whole numbers
	// of it, such as "10.244.". If it is set, vertices send replies to the very
	// pod that waits for them, which needs Knative's feature
	// kubernetes.podspec-fieldref. "" means that they send them to the revision of
	// the adapter.
	PodNetwork string
	// Store is where replies are kept: [StoreMemory], which is meant by "", in
	// the one pod of the adapter, or [StoreRedis], so that there may be several.
	Store string
}

// The reply stores of [Options].
const (
	StoreMemory = "memory"
	// StoreRedis is a Redis or Valkey server, whose URL is the key "store" of the
	// Secret.
	StoreRedis = "redis"
)

// Stores are the reply stores that there are.
func Stores() []string { return []string{StoreMemory, StoreRedis} }

// SharesReplies reports whether several pods of the adapter have the same
// replies.
func (o Options) SharesReplies() bool { return o.Store == StoreRedis }

func (o Options) withDefaults() Options {
	for field, value := range map[*string]string{
		&o.Image:     DefaultImage,
		&o.App:       DefaultApp,
		&o.Namespace: DefaultNamespace,
		&o.Gateway:   DefaultGateway,
		&o.Store:     StoreMemory,
	} {
		if *field == "" {
			*field = value
		}
	}
	if o.Secret == "" {
		o.Secret = o.App
	}
	if len(o.Shapes) == 0 {
		o.Shapes = Shapes()
	}
	return o
}

// RevisionURL is where pods of the cluster reach a revision, and no other one.
func (o Options) RevisionURL(revision string) string {
	return "http://" + revision + "." + o.Namespace + ".svc.cluster.local"
}

// validate returns everything that is invalid about the options.
func (o Options) validate() error {
	var errs []error
	invalid := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	for i, s := range o.Shapes {
		switch {
		case !slices.Contains(Shapes(), s):
			invalid("there is no shape %q; there are %q", s, Shapes())
		case slices.Contains(o.Shapes[:i], s):
			invalid("the shape %q is asked for twice", s)
		}
	}
	if err := checkImage(o.Image); err != nil {
		errs = append(errs, err)
	}
	if len(o.App) > maxApp || !regexp.MustCompile(`^[a-z]([-a-z0-9]*[a-z0-9])?$`).MatchString(o.App) {
		invalid("%q cannot name what is deployed: it must be a DNS label of RFC 1035 of at most %d characters; --name sets another",
			o.App, maxApp)
	}
	if len(o.Secret) > maxSubdomain || !regexp.MustCompile(`^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$`).MatchString(o.Secret) {
		invalid("%q is not the name of a Secret: it must be a DNS subdomain of RFC 1123", o.Secret)
	}
	for _, namespace := range []string{o.Namespace, o.Gateway} {
		if len(namespace) > maxLabel || !regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`).MatchString(namespace) {
			invalid("%q is not the name of a namespace: it must be a DNS label of RFC 1123", namespace)
		}
	}
	if o.PodNetwork != "" && !regexp.MustCompile(`^([0-9]{1,3}\.){1,3}$`).MatchString(o.PodNetwork) {
		invalid("%q is not the beginning of an IPv4 address: one to three numbers, each with a dot after it", o.PodNetwork)
	}
	if !slices.Contains(Stores(), o.Store) {
		invalid("there is no store %q; there are %q", o.Store, Stores())
	}
	if o.SharesReplies() && o.PodNetwork != "" {
		invalid("with the store %s replies are sent to no pod: leave the pod network out", o.Store)
	}
	return errors.Join(errs...)
}

// checkImage returns what is invalid about the name of an image. A Trigger whose
// sink has an image that nobody can pull never becomes ready, and so never delivers.
func checkImage(image string) error {
	if strings.ContainsAny(image, " \t\r\n") {
		return fmt.Errorf("%q is not the name of an image: it has a space in it", image)
	}
	if strings.HasPrefix(image, KoScheme) {
		return nil
	}
	host, path, _ := strings.Cut(image, "/")
	host, _, _ = strings.Cut(host, ":")
	repository, _, _ := strings.Cut(path, "@")
	repository, _, _ = strings.Cut(repository, ":")
	labels := strings.Split(strings.ToLower(host), ".")
	reserved := slices.Contains([]string{"example", "invalid"}, labels[len(labels)-1]) || // RFC 2606
		len(labels) > 1 && labels[len(labels)-2] == "example" && slices.Contains([]string{"com", "net", "org"}, labels[len(labels)-1])
	if reserved && path != "" || repository != strings.ToLower(repository) || strings.ContainsAny(image, "<>{}$") {
		return fmt.Errorf("the image %q is a placeholder, which no cluster can pull: name the one that you have published", image)
	}
	return nil
}
