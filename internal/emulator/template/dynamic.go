package template

import (
	"crypto/rand"
	"encoding/json"
	"regexp"
	"strings"
)

// dynamic is a dynamic reference, which CloudFormation replaces by a secret or a
// parameter that it reads elsewhere.
const dynamic = `\{\{resolve:(secretsmanager|ssm|ssm-secure):([^{}]+)\}\}`

// resolved is the value of a variable of a function whose text may have dynamic
// references: what the variable of that name is here, or the text with what the
// secrets of the template are, since nothing else is at hand.
func (b *builder) resolved(v value, name, text string) string {
	reference := regexp.MustCompile(dynamic)
	if !reference.MatchString(text) {
		return text
	}
	if b.e.options.Lookup != nil {
		if here, ok := b.e.options.Lookup(name); ok && here != "" {
			return here
		}
	}
	return reference.ReplaceAllStringFunc(text, func(one string) string {
		if known, ok := b.ownSecret(reference.FindStringSubmatch(one)[2]); ok {
			return known
		}
		b.invalid(v, "%s is on AWS, and not on this machine: set the variable %s in the environment of this command", one, name)
		return ""
	})
}

// ownSecret is what a reference to a secret of the template stands for: ID,
// ID:SecretString or ID:SecretString:KEY, where ID is a name or an ARN.
func (b *builder) ownSecret(reference string) (string, bool) {
	for _, s := range b.stack.Secrets {
		for _, id := range []string{s.ARN, s.Name} {
			rest, ok := strings.CutPrefix(reference+":", id+":")
			if !ok {
				continue
			}
			_, key, _ := strings.Cut(rest, ":")
			if key, _, _ = strings.Cut(key, ":"); key == "" {
				return s.Text, true
			}
			var parts map[string]string
			_ = json.Unmarshal([]byte(s.Text), &parts) // else the part is not there
			part, ok := parts[key]
			return part, ok
		}
	}
	return "", false
}

// secret reads an AWS::SecretsManager::Secret.
func (b *builder) secret(r resource) {
	properties := r.properties()
	b.only(properties, "Name SecretString GenerateSecretString", "Description KmsKeyId Tags ReplicaRegions", "")
	name, arn := b.identity(r)
	s := Secret{ID: r.id, Name: name, ARN: arn, Text: b.text(properties, "SecretString", "")}
	if generated := b.object(properties, "GenerateSecretString"); generated.there() {
		b.only(generated, "PasswordLength SecretStringTemplate GenerateStringKey", "ExcludeCharacters ExcludeLowercase ExcludeNumbers "+
			"ExcludePunctuation ExcludeUppercase IncludeSpace RequireEachIncludedType", "")
		const usual, most = 32, 4096
		length := b.number(generated, "PasswordLength", usual, 1, most)
		for len(s.Text) < length {
			s.Text += rand.Text()
		}
		s.Text = s.Text[:length]
		if key := b.text(generated, "GenerateStringKey", ""); key != "" {
			parts := map[string]any{}
			if json.Unmarshal([]byte(b.text(generated, "SecretStringTemplate", "{}")), &parts) != nil {
				b.invalid(generated, "SecretStringTemplate is no JSON object")
			}
			parts[key] = s.Text
			text, _ := json.Marshal(parts) //nolint:errchkjson // it came from JSON
			s.Text = string(text)
		}
	}
	b.stack.Secrets = append(b.stack.Secrets, s)
}
