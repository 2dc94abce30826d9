package sam

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/homing-dev/homing/functions"
)

// foreignScheme begins the URL of a step that is a Lambda of somebody else's.
const foreignScheme = "lambda:"

// foreign returns the ARNs, as YAML, of the Lambdas that steps name, each once.
func foreign(steps []functions.Step) ([]string, error) {
	var arns []string
	for _, s := range steps {
		name, ok := strings.CutPrefix(s.URL, foreignScheme)
		if !ok {
			continue
		}
		arn, err := foreignARN(name)
		if err != nil {
			return nil, fmt.Errorf("step %s: %w", s.Name, err)
		}
		if !slices.Contains(arns, arn) {
			arns = append(arns, arn)
		}
	}
	return arns, nil
}

// foreignARN is what must be allowed to be invoked: a Lambda of this account
// and region by its name, or any by its ARN, in both cases perhaps with a
// version or an alias.
func foreignARN(name string) (string, error) {
	const function = `[A-Za-z0-9_-]{1,64}(:[A-Za-z0-9_$-]{1,128})?`
	switch {
	case regexp.MustCompile(`^` + function + `$`).MatchString(name):
		return "!Sub " + quoted(functionARN(name)), nil
	case regexp.MustCompile(`^arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:function:` + function + `$`).MatchString(name):
		return name, nil
	default:
		return "", fmt.Errorf("%q is neither the name nor the ARN of a Lambda", foreignScheme+name)
	}
}

// functionARN is a pattern for !Sub.
func functionARN(name string) string {
	return "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:" + name
}
