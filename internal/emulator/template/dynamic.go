package template

import "regexp"

// resolved is the value of a variable of a function: of a dynamic reference, which
// CloudFormation replaces by a secret or a parameter that it reads elsewhere, what the
// variable of that name is here, since nothing else is at hand.
func (b *builder) resolved(v value, name, text string) string {
	if !regexp.MustCompile(`^\{\{resolve:(secretsmanager|ssm|ssm-secure):[^{}]+\}\}$`).MatchString(text) {
		return text
	}
	if b.e.options.Lookup != nil {
		if here, ok := b.e.options.Lookup(name); ok && here != "" {
			return here
		}
	}
	b.invalid(v, "%s is on AWS, and not on this machine: set the variable %s in the environment of this command", text, name)
	return ""
}
