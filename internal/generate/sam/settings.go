package sam

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/generate/needs"
)

// setting is the parameter of a variable that chains declare.
type setting struct {
	ID, Description string
	Default         string
	HasDefault      bool
	Secret          bool
}

// settings are the parameters of all variables. That of a secret is the name that it
// has in Secrets Manager, which CloudFormation reads; the value is in no template.
func settings(all needs.Environment, taken names) ([]setting, error) {
	var out []setting
	var errs []error
	add := func(name string, s setting) {
		errs = append(errs, checkVariable(name), taken.take("the variable "+name, s.ID))
		out = append(out, s)
	}
	for _, v := range all.Variables {
		add(v.Name, setting{
			ID: variableID(v.Name), Description: "The variable " + v.Name + " of the steps.", Default: v.Default, HasDefault: v.HasDefault,
		})
	}
	for _, name := range all.Secrets {
		add(name, setting{
			ID: secretID(name), Default: name, HasDefault: true, Secret: true,
			Description: "Name of the secret in Secrets Manager whose text is the variable " + name + " of the steps; " +
				"NAME:SecretString:KEY is a part of one in JSON.",
		})
	}
	return out, errors.Join(errs...)
}

func variableID(name string) string { return "Env" + camel(name) }
func secretID(name string) string   { return "Secret" + camel(name) }

// checkVariable finds what Lambda does not take as a variable of a function.
func checkVariable(name string) error {
	reserved := []string{
		"_HANDLER", "_X_AMZN_TRACE_ID", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_EXECUTION_ENV", "AWS_REGION",
		"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT",
	}
	if slices.Contains(reserved, name) || strings.HasPrefix(name, "AWS_LAMBDA_") {
		return fmt.Errorf("the variable %s is Lambda's own: give it another name in chain.yaml", name)
	}
	if !regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]+$`).MatchString(name) {
		return fmt.Errorf("the variable %s cannot be one of Lambda, whose names have two characters or more, the first one a letter", name)
	}
	return nil
}

// variables of a function that needs this, and only where the condition holds.
func (d *deployment) variables(needed needs.Environment, condition string) []variable {
	var out []variable
	add := func(name, value string) {
		if condition != "" {
			value = when(condition, value)
		}
		out = append(out, variable{name, value})
	}
	for _, v := range needed.Variables {
		add(v.Name, "!Ref "+variableID(v.Name))
	}
	for _, name := range needed.Secrets {
		add(name, `!Sub "{{resolve:secretsmanager:${`+secretID(name)+`}}}"`)
	}
	return out
}

// permissions are the statements of steps, as YAML in a line; condition is that of
// the template under which they stand.
func permissions(steps []functions.Step, condition string) []string {
	var out []string
	for _, s := range steps {
		for _, p := range s.Permissions {
			effect := p.Effect
			if effect == "" {
				effect = "Allow"
			}
			text := "{Effect: " + effect + ", Action: " + list(p.Action) + ", Resource: " + list(p.Resource)
			if len(p.Condition) > 0 {
				text += ", Condition: " + asJSON(p.Condition)
			}
			if text += "}"; condition != "" {
				text = when(condition, text)
			}
			if !slices.Contains(out, text) {
				out = append(out, text)
			}
		}
	}
	return out
}

// list is a list of texts in YAML. ${AWS::Region} and its like are filled in.
func list(texts []string) string {
	items := make([]string, len(texts))
	for i, text := range texts {
		if items[i] = asJSON(text); strings.Contains(text, "${AWS::") {
			items[i] = "!Sub " + strings.ReplaceAll(strings.ReplaceAll(items[i], "${", "${!"), "${!AWS::", "${AWS::")
		}
	}
	return "[" + strings.Join(items, ", ") + "]"
}

// asJSON is a value as JSON, which is YAML, too.
func asJSON(v any) string {
	text, _ := json.Marshal(v) //nolint:errchkjson // texts, and maps of them
	return string(text)
}
