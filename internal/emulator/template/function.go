package template

import (
	"math"
	"path/filepath"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Defaults of Lambda and SAM.
const (
	defaultTimeout = 3 * time.Second
	maxTimeout     = 900 // s
	defaultMemory  = 128
	maxMemory      = 10240
	defaultRetries = 2
	defaultMaxAge  = 6 * time.Hour
	minAge, maxAge = 60, 21600 // s
)

// What is done with the properties of a function; any other is an error.
const (
	functionRead = "FunctionName CodeUri Handler Runtime Architectures Environment Timeout MemorySize ReservedConcurrentExecutions " +
		"EventInvokeConfig DeadLetterQueue Events FunctionUrlConfig PackageType"
	functionSkipped = "Policies Role Tracing LoggingConfig Tags PropagateTags Description RecursiveLoop PermissionsBoundary RolePath " +
		"AssumeRolePolicyDocument KmsKeyArn SourceKMSKeyArn CodeSigningConfigArn AutoPublishAlias AutoPublishAliasAllProperties " +
		"AutoPublishCodeSha256 DeploymentPreference VersionDescription VersionDeletionPolicy RuntimeManagementConfig " +
		"ProvisionedConcurrencyConfig SnapStart"
	functionMissed = "VpcConfig EphemeralStorage Layers"
)

func (b *builder) function(r resource) {
	properties := b.e.withGlobals("Function", r.properties())
	b.only(properties, functionRead, functionSkipped, functionMissed)
	name, arn := b.identity(r)
	b.choice(properties, "PackageType", "Zip", "Zip")
	b.runtime(r, properties)
	f := Function{
		ID:           r.id,
		Name:         name,
		ARN:          arn,
		Dir:          b.codeDir(properties),
		Handler:      b.text(properties, "Handler", ""),
		Architecture: b.architecture(properties),
		BuildMethod:  b.text(b.object(r.value, "Metadata"), "BuildMethod", ""),
		Environment:  b.environment(properties),
		Timeout:      b.seconds(properties, "Timeout", defaultTimeout, 1, maxTimeout),
		MemoryMB:     b.number(properties, "MemorySize", defaultMemory, defaultMemory, maxMemory),
	}
	f.Reserved = b.number(properties, "ReservedConcurrentExecutions", 0, 1, math.MaxInt32) // 0 would turn it off
	b.asynchronous(properties, &f)
	if config := b.object(properties, "FunctionUrlConfig"); config.there() {
		f.URL = b.functionURL(config, r.id)
	}
	for _, event := range b.object(properties, "Events").fields() {
		b.event(event, &f)
	}
	b.stack.Functions = append(b.stack.Functions, f)
}

// runtime takes what runs an executable called bootstrap.
func (b *builder) runtime(r resource, properties value) {
	runtime := b.text(properties, "Runtime", "")
	switch {
	case runtime == "":
		b.invalid(r.value, "the function has no Runtime")
	case runtime != "provided" && !strings.HasPrefix(runtime, "provided."):
		b.invalid(properties.raw("Runtime"),
			"the runtime %s cannot be run on this machine: only provided.* with an executable called bootstrap; "+
				"build the function as one, or try it with sam local", runtime)
	}
}

// codeDir is the folder of the code, as `sam build` writes it: relative to the
// template.
func (b *builder) codeDir(properties value) string {
	code := b.get(properties, "CodeUri")
	if code.is(yaml.MappingNode) || code.is(yaml.ScalarNode) && strings.HasPrefix(code.node.Value, "s3://") {
		b.invalid(code, "the code is not on this machine; name the folder that was built")
		return ""
	}
	dir := b.text(properties, "CodeUri", ".")
	if filepath.IsAbs(dir) {
		return filepath.Clean(dir)
	}
	return filepath.Join(b.e.dir, filepath.FromSlash(dir))
}

func (b *builder) architecture(properties value) string {
	const otherwise = "x86_64"
	all := b.texts(properties, "Architectures")
	switch {
	case len(all) == 0:
		return otherwise
	case len(all) > 1 || all[0] != otherwise && all[0] != "arm64":
		b.invalid(properties.raw("Architectures"), "must be one of x86_64 and arm64")
	}
	return all[0]
}

func (b *builder) environment(properties value) map[string]string {
	variables := map[string]string{}
	environment := b.object(properties, "Environment")
	b.only(environment, "Variables", "", "")
	all := b.object(environment, "Variables")
	for _, f := range all.fields() {
		v := b.get(all, f.name)
		if !v.there() {
			continue
		}
		text := b.resolved(v, f.name, attempt(&b.reader, b.e.text, v))
		if strings.ContainsAny(f.name, "=\x00") || f.name == "" || strings.Contains(text, "\x00") {
			b.invalid(v, "cannot be a variable of the environment")
			continue
		}
		variables[f.name] = text
	}
	return variables
}

// asynchronous reads what becomes of events of asynchronous invocations.
func (b *builder) asynchronous(properties value, f *Function) {
	config := b.object(properties, "EventInvokeConfig")
	b.only(config, "MaximumRetryAttempts MaximumEventAgeInSeconds DestinationConfig", "", "")
	f.Retries = b.number(config, "MaximumRetryAttempts", defaultRetries, 0, defaultRetries)
	f.MaxAge = b.seconds(config, "MaximumEventAgeInSeconds", defaultMaxAge, minAge, maxAge)
	destinations := b.object(config, "DestinationConfig")
	b.only(destinations, "OnFailure OnSuccess", "", "")
	f.OnFailure = b.destination(destinations, "OnFailure")
	f.OnSuccess = b.destination(destinations, "OnSuccess")
	letters := b.object(properties, "DeadLetterQueue")
	if letters.there() {
		b.only(letters, "Type TargetArn", "", "")
		b.choice(letters, "Type", "SQS", "SQS")
		f.DeadLetter = b.text(letters, "TargetArn", "")
		if f.DeadLetter == "" {
			b.invalid(letters, "TargetArn is missing")
		}
	}
}

func (b *builder) destination(destinations value, name string) string {
	d := b.object(destinations, name)
	if !d.there() {
		return ""
	}
	b.only(d, "Type Destination", "", "")
	b.choice(d, "Type", "SQS", "SQS", "Lambda")
	arn := b.text(d, "Destination", "")
	if arn == "" {
		b.invalid(d, "Destination is missing; SAM would make a queue that nobody can name")
	}
	return arn
}

// event reads what calls a function.
func (b *builder) event(event field, f *Function) {
	b.only(event.value, "Type Properties", "", "")
	switch kind := event.plain("Type"); kind {
	case "HttpApi":
		b.routeEvent(event, f, HTTP)
	case "Api":
		b.routeEvent(event, f, REST)
	case "SQS":
		b.queueEvent(event, f)
	case "":
		b.invalid(event.value, "the event has no Type")
	default:
		b.sentEvent(event, kind, f)
	}
}
