package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/cmd/homing/internal/project"
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
  homing generate sam`,
	}, a.generateKnative(), a.generateSAM())
}

func (a *app) generateKnative() *cobra.Command {
	var shape, out string
	var opts knative.Options
	var at project.Options
	cmd := &cobra.Command{
		Use:   "knative [FILE]",
		Short: "Write manifests for Knative",
		Long: `Writes manifests for Knative Serving and Eventing, a folder for each shape, and
prints the names of the files. Files that are there are overwritten; others
are left alone.

The timeouts and limits of the app's chains end up in them. FILE stands in the
place of its chain.yaml.`,
		Example: `  homing generate knative --out deploy --image REGISTRY/ACCOUNT/shop:1.4
  kubectl apply -f deploy/inline`,
		Args: atMost(1),
	}
	cmd.RunE = a.runs(func(cmd *cobra.Command, args []string) error {
		var err error
		if opts.Shapes, err = shapesNamed(shape); err != nil {
			return err
		}
		app, err := a.loadValid(cmd.Context(), withFile(at, args))
		if err != nil {
			return err
		}
		opts.Image = cmp.Or(opts.Image, knative.KoScheme+app.ImportPath)
		if app.Remote() { // the image is that of the tool
			opts.Args = []string{"serve"}
		}
		files, err := knative.Manifests(app.Chains, opts)
		if err != nil {
			return exit.Usagef("the chains cannot be deployed so: %w", err)
		}
		return a.writeFiles(out, files)
	})
	flags := cmd.Flags()
	at.Define(flags)
	flags.StringVar(&shape, "shape", allShapes, "`SHAPE` to write: inline, vertex, split or all")
	flags.StringVar(&out, "out", filepath.Join("infra", "knative"), "write below this `FOLDER`")
	flags.StringVar(&opts.Image, "image", "",
		"`IMAGE` whose entry point is the app, or this command if all steps are remote (default: the package, which ko builds and publishes)")
	flags.StringVar(&opts.Namespace, "namespace", knative.DefaultNamespace, "deploy into this `NAMESPACE`")
	flags.StringVar(&opts.Gateway, "gateway", knative.DefaultGateway, "`NAMESPACE` of Knative's ingress gateway")
	flags.StringVar(&opts.Store, "store", knative.StoreMemory,
		"`STORE` of the replies: memory, or redis, whose URL is the key store of the Secret homing")
	flags.StringVar(&opts.PodNetwork, "pod-network", "",
		"what addresses of pods begin with, such as `10.244.`: sends replies to the pod that waits")
	return cmd
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

// writeFiles writes manifests below a folder, which is made if need be.
func (a *app) writeFiles(folder string, files []knative.File) error {
	const readable, searchable = 0o644, 0o755 // by others, too: there are no secrets in them
	for _, f := range files {
		path := filepath.Join(folder, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), searchable); err != nil {
			return fmt.Errorf("make the folder of the manifests: %w", err)
		}
		if err := os.WriteFile(path, f.Data, readable); err != nil {
			return fmt.Errorf("write the manifest: %w", err)
		}
		if err := a.printf("%s\n", path); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) generateSAM() *cobra.Command {
	var out string
	var at project.Options
	cmd := &cobra.Command{
		Use:   "sam [FILE]",
		Short: "Write the SAM template for AWS Lambda",
		Long: `Writes the template that the AWS SAM CLI builds and deploys, and prints its name.
It has all shapes; the parameter Shape chooses one at deployment. A file that is
there is overwritten.

The steps and timeouts of the app's chains end up in it. FILE stands in the
place of its chain.yaml.`,
		Example: `  homing generate sam
  homing generate sam --out deploy/template.yaml shop.yaml`,
		Args: atMost(1),
	}
	cmd.RunE = a.runs(func(cmd *cobra.Command, args []string) error {
		app, err := a.loadValid(cmd.Context(), withFile(at, args))
		if err != nil {
			return err
		}
		text, err := sam.Template(app.Chains)
		if err != nil {
			return exit.Usagef("the chains cannot be deployed so: %w", err)
		}
		const readable = 0o644 // by others, too: there are no secrets in it
		if err := os.WriteFile(out, text, readable); err != nil {
			return fmt.Errorf("write the template: %w", err)
		}
		return a.printf("%s\n", out)
	})
	at.Define(cmd.Flags())
	cmd.Flags().StringVar(&out, "out", "template.yaml", "write to this `FILE`")
	return cmd
}
