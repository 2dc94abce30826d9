package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/cmd/homing/internal/project"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/generate/knative"
	"github.com/homing-dev/homing/internal/generate/sam"
	"github.com/homing-dev/homing/internal/nearest"
)

// allShapes asks for every shape of a deployment.
const allShapes = "all"

// generate groups the commands that write what deploys the chains.
func (a *app) generate() *cobra.Command {
	return group(&cobra.Command{
		Use:   "generate",
		Short: "Write what deploys the chains",
		Example: `  homing generate knative --shape vertex --image REGISTRY/ACCOUNT/shop:1.4
  homing generate kubernetes --shape inline --image REGISTRY/ACCOUNT/shop:1.4
  homing generate sam`,
	}, a.generateKnative(), a.generateKubernetes(), a.generateSAM())
}

func (a *app) generateKnative() *cobra.Command {
	var m manifests
	cmd := &cobra.Command{
		Use:   "knative [FILE]",
		Short: "Write manifests for Knative",
		Long: `Writes manifests for Knative Serving and Eventing, a folder for each shape, and
prints the names of the files. What was generated is written anew, and removed if it
is of a step that is gone; a file of your own is never overwritten without --force.
Every folder has a kustomization.yaml. What you add or change stands in a Component of
kustomize in the folder extra beside them.

The timeouts, limits and variables of the app's chains end up in them; --env sets what
has no default or another one on the cluster. Secrets and the tokens of callers come
from a Secret, without which nothing starts. Chains of remote steps go along in a
ConfigMap. FILE stands in the place of chain.yaml.`,
		Example: `  homing generate knative --out deploy --image REGISTRY/ACCOUNT/shop:1.4
  homing generate knative --shape vertex --env CLEAN_URL=http://clean.shop.svc.cluster.local
  kubectl apply -k deploy/inline`,
		Args: atMost(1),
	}
	cmd.RunE = a.runs(func(cmd *cobra.Command, args []string) error {
		return a.writeManifests(cmd.Context(), m, args, knative.Manifests)
	})
	flags := cmd.Flags()
	m.define(flags, "knative", "inline, vertex, split or all")
	flags.StringVar(&m.opts.Gateway, "gateway", knative.DefaultGateway, "`NAMESPACE` of Knative's ingress gateway")
	flags.StringVar(&m.opts.PodNetwork, "pod-network", "",
		"what addresses of pods begin with, such as `10.244.`: sends replies to the pod that waits")
	return cmd
}

func (a *app) generateKubernetes() *cobra.Command {
	var m manifests
	cmd := &cobra.Command{
		Use:   "kubernetes [FILE]",
		Short: "Write manifests for Kubernetes without Knative",
		Long: `Writes Deployments with their Services for Kubernetes 1.30 or newer, a folder for
each shape, and prints the names of the files: for inline one Deployment, for vertex an
adapter and a vertex with all steps, which the adapter calls over HTTP. With
--store redis there are two to ten pods of each, by their load; without it the replies
are in the one pod that takes the calls.

All else is as "homing generate knative" has it: files of your own, the folder extra,
--env, secrets and tokens, and chains of remote steps.`,
		Example: `  homing generate kubernetes --shape inline --image REGISTRY/ACCOUNT/shop:1.4 --store redis
  kubectl apply -k infra/kubernetes/inline`,
		Args: atMost(1),
	}
	cmd.RunE = a.runs(func(cmd *cobra.Command, args []string) error {
		if m.shape == allShapes { // there are only these
			m.opts.Shapes = []knative.Shape{knative.Inline, knative.Vertex}
		}
		return a.writeManifests(cmd.Context(), m, args, knative.Kubernetes)
	})
	m.define(cmd.Flags(), "kubernetes", "inline, vertex or all")
	return cmd
}

// manifests are what the flags of a generator of manifests say.
type manifests struct {
	shape, out string
	env        []string
	force      bool
	opts       knative.Options
	at         project.Options
}

func (m *manifests) define(flags *pflag.FlagSet, folder, shapes string) {
	m.at.Define(flags)
	flags.StringVar(&m.shape, "shape", allShapes, "`SHAPE` to write: "+shapes)
	flags.StringVar(&m.out, "out", filepath.Join("infra", folder), "write below this `FOLDER`")
	flags.StringVar(&m.opts.Image, "image", "",
		"`IMAGE` whose entry point is the app, or this command if all steps are remote (default: the package, which ko builds and publishes)")
	flags.StringVar(&m.opts.App, "name", "", "`NAME` of all that is deployed (default: that of the module, or of the folder)")
	flags.StringArrayVar(&m.env, "env", nil, "variable of the chains, as `NAME=VALUE`; may be repeated")
	flags.StringVar(&m.opts.Secret, "secret", "", "`NAME` of the Secret with tokens, keys and secrets of the chains (default: that of --name)")
	flags.BoolVar(&m.opts.Open, "open", false, "let everybody in, callers without tokens and events of any sender")
	flags.BoolVar(&m.force, "force", false, "overwrite files that were not generated")
	flags.StringVar(&m.opts.Namespace, "namespace", knative.DefaultNamespace, "deploy into this `NAMESPACE`")
	flags.StringVar(&m.opts.Store, "store", knative.StoreMemory,
		"`STORE` of the replies: memory, or redis, whose URL is the key store of the Secret")
}

// writeManifests writes what a generator writes for the app.
func (a *app) writeManifests(
	ctx context.Context, m manifests, args []string, generate func([]functions.Chain, knative.Options) ([]knative.File, error),
) error {
	opts := m.opts
	var err error
	if opts.Shapes == nil {
		if opts.Shapes, err = shapesNamed(m.shape); err != nil {
			return err
		}
	}
	app, err := a.loadValid(ctx, withFile(m.at, args))
	if err != nil {
		return err
	}
	opts.Image = cmp.Or(opts.Image, knative.KoScheme+app.ImportPath)
	opts.App = cmp.Or(opts.App, deployedName(app))
	if opts.Env, err = assignments(m.env); err != nil {
		return err
	}
	if exists(filepath.Join(m.out, additions, "kustomization.yaml")) {
		opts.Additions = additions
	}
	if app.Remote() { // the image is that of the tool
		opts.Args = []string{"serve"}
		text, err := os.ReadFile(app.Chain)
		if err != nil {
			return fmt.Errorf("read the chains: %w", err)
		}
		opts.Chain = string(text)
	}
	files, err := generate(app.Chains, opts)
	if err != nil {
		return exit.Usagef("the chains cannot be deployed so: %w", err)
	}
	var written []generatedFile
	for _, f := range files {
		written = append(written, generatedFile{filepath.Join(m.out, filepath.FromSlash(f.Name)), "manifest", f.Data, true})
	}
	if err := a.writeGenerated(written, m.force); err != nil {
		return err
	}
	return a.removeStale(written)
}

// additions is the folder beside the shapes that is the user's own.
const additions = "extra"

// assignments reads NAME=VALUE.
func assignments(list []string) (map[string]string, error) {
	out := map[string]string{}
	for _, one := range list {
		name, value, ok := strings.Cut(one, "=")
		if !ok || name == "" {
			return nil, exit.Usagef("--env %s is not NAME=VALUE", one)
		}
		out[name] = value
	}
	return out, nil
}

// shapesNamed are the shapes of a name: one, or all.
func shapesNamed(name string) ([]knative.Shape, error) {
	names := []string{allShapes}
	for _, s := range knative.Shapes() {
		if string(s) == name {
			return []knative.Shape{s}, nil
		}
		names = append(names, string(s))
	}
	if name == allShapes {
		return knative.Shapes(), nil
	}
	return nil, exit.Usagef("there is no shape %q%s", name, nearest.DidYouMean(name, names)).
		Then("there are %s", strings.Join(names, ", "))
}

func (a *app) generateSAM() *cobra.Command {
	var shape, store, out string
	var force bool
	var at project.Options
	cmd := &cobra.Command{
		Use:   "sam [FILE]",
		Short: "Write the SAM template for AWS Lambda",
		Long: `Writes the template that the AWS SAM CLI builds and deploys, and prints its name.
The parameter Shape chooses one of its shapes at deployment: --shape says which there
are, by default all, or without split if that is more than AWS takes. A template that
was generated is written anew; one of your own is never overwritten without --force.
What stands in template.extra.yaml beside it is merged into it every time.

The steps, timeouts and variables of the app's chains end up in it: env as parameters
with their defaults, secrets as names of secrets in Secrets Manager, and permissions as
rights of the functions that run the steps. With --store redis replies are in a server of
yours, whose URL is in the secret that the parameter StoreSecret names, and in no table,
and a call is answered as soon as its reply is there. FILE stands in the place of chain.yaml.`,
		Example: `  homing generate sam
  homing generate sam --shape vertex
  homing generate sam --out deploy/template.yaml shop.yaml`,
		Args: atMost(1),
	}
	cmd.RunE = a.runs(func(cmd *cobra.Command, args []string) error {
		app, err := a.loadValid(cmd.Context(), withFile(at, args))
		if err != nil {
			return err
		}
		opts, err := samOptions(shape, filepath.Join(filepath.Dir(out), extraTemplate))
		if err != nil {
			return err
		}
		if opts.Redis = store == "redis"; !opts.Redis && store != "dynamodb" {
			return exit.Usagef("--store %q is neither dynamodb nor redis", store)
		}
		result, err := sam.Write(app.Chains, opts)
		if err != nil {
			return exit.Usagef("the chains cannot be deployed so: %w", err)
		}
		if result.Left != nil {
			a.inform(fmt.Sprintf("written with the shapes %v only: %v", result.Shapes, result.Left))
		}
		return a.writeGenerated([]generatedFile{{out, "template", result.Text, false}}, force)
	})
	at.Define(cmd.Flags())
	cmd.Flags().StringVar(&out, "out", "template.yaml", "write to this `FILE`")
	cmd.Flags().StringVar(&shape, "shape", allShapes, "`SHAPES` that it has: inline, vertex, split, several with commas, or all that fit")
	cmd.Flags().StringVar(&store, "store", "dynamodb", "`STORE` of the replies: dynamodb, a table of the stack, or redis")
	cmd.Flags().BoolVar(&force, "force", false, "overwrite a template that was not generated")
	return cmd
}

// extraTemplate is what the user adds to the template, beside it.
const extraTemplate = "template.extra.yaml"

// samOptions are the shapes of a list of names, and what the user adds.
func samOptions(names, extra string) (sam.Options, error) {
	var o sam.Options
	if names != allShapes {
		for name := range strings.SplitSeq(names, ",") {
			some, err := shapesNamed(strings.TrimSpace(name))
			if err != nil {
				return o, err
			}
			for _, s := range some {
				o.Shapes = append(o.Shapes, sam.Shape(s))
			}
		}
	}
	text, err := os.ReadFile(extra) //nolint:gosec // beside what the user names
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return o, fmt.Errorf("read what is added to the template: %w", err)
	}
	o.Extra = sam.Extra{Name: extra, Text: text}
	return o, nil
}
