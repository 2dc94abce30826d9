package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/internal/generate/sam"
)

func (a *app) generateSAM() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "sam [FILE]",
		Short: "Write the SAM template for AWS Lambda",
		Long: `Writes the template that the AWS SAM CLI builds and deploys, and prints its name.
It has all shapes; the parameter Shape chooses one at deployment. A file that is
there is overwritten.

FILE declares the chains: ./chain.yaml if that is there, and otherwise the
built-in chains. Its steps and timeouts end up in the template.`,
		Example: `  homing generate sam
  homing generate sam --out deploy/template.yaml shop.yaml`,
		Args: atMost(1),
	}
	cmd.RunE = a.runs(func(_ *cobra.Command, args []string) error {
		chains, err := chainsToUse(a.fileArgument(args))
		if err != nil {
			return err
		}
		text, err := sam.Template(chains)
		if err != nil {
			return exit.Usagef("the chains cannot be deployed so: %w", err)
		}
		const readable = 0o644 // by others, too: there are no secrets in it
		if err := os.WriteFile(out, text, readable); err != nil {
			return fmt.Errorf("write the template: %w", err)
		}
		return a.printf("%s\n", out)
	})
	cmd.Flags().StringVar(&out, "out", "template.yaml", "write to this `FILE`")
	return cmd
}
