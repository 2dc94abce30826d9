package invoke

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Defaults of a [Function], those of Lambda.
const (
	DefaultTimeout  = 3 * time.Second
	DefaultMemoryMB = 128
	DefaultMaxAge   = 6 * time.Hour
)

// Latest is the version of every function here.
const Latest = "$LATEST"

const (
	maxRetries     = 2
	bootstrap      = "bootstrap"
	defaultRegion  = "us-east-1"
	defaultAccount = "000000000000"
)

// Function is what Lambda knows of a function.
type Function struct {
	// Name is how it is called, unique in a [Service].
	Name string
	// ARN is its full name; "" means one made of the name, the region and the
	// account 000000000000.
	ARN string
	// Dir is the unpacked deployment package, the working directory of the
	// function (LAMBDA_TASK_ROOT).
	Dir string
	// Bootstrap is the path of the executable; "" means Dir/bootstrap.
	Bootstrap string
	// Env is the function's own environment. It cannot set what Lambda
	// reserves: AWS_LAMBDA_*, _HANDLER and LAMBDA_*.
	Env map[string]string
	// Timeout of one invocation, without the init; 0 means [DefaultTimeout].
	Timeout time.Duration
	// MemoryMB is the memory in MiB at which the process is killed, on Linux;
	// 0 means [DefaultMemoryMB].
	MemoryMB int
	// Reserved is how many environments of the function may work at once; 0
	// means that it shares [Options.Limit] with the others.
	Reserved int
	// PerEnvironment is how many invocations an environment takes at once
	// (AWS_LAMBDA_MAX_CONCURRENCY, Lambda Managed Instances); 0 means 1. With
	// more than one it is not stopped between invocations, as on AWS.
	PerEnvironment int
	// Retries is MaximumRetryAttempts of asynchronous events whose function
	// fails, 0 to 2. On AWS 2 is the default, here 0 means none.
	Retries int
	// MaxAge is MaximumEventAgeInSeconds; 0 means [DefaultMaxAge].
	MaxAge time.Duration
	// OnFailure and OnSuccess are the ARNs of destinations of asynchronous
	// events: a function of the service or a queue. "" means none.
	OnFailure, OnSuccess string
	// DeadLetter is the ARN of a queue that gets the payload of an event that
	// failed. "" means none.
	DeadLetter string
}

func (f Function) withDefaults(region string) Function {
	f.ARN = cmp.Or(f.ARN, "arn:aws:lambda:"+region+":"+defaultAccount+":function:"+f.Name)
	f.Bootstrap = cmp.Or(f.Bootstrap, filepath.Join(f.Dir, bootstrap))
	f.Timeout = cmp.Or(f.Timeout, DefaultTimeout)
	f.MemoryMB = cmp.Or(f.MemoryMB, DefaultMemoryMB)
	f.PerEnvironment = cmp.Or(f.PerEnvironment, 1)
	f.MaxAge = cmp.Or(f.MaxAge, DefaultMaxAge)
	return f
}

func (f Function) validate() error {
	var errs []error
	invalid := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("function %q: "+format, append([]any{f.Name}, args...)...))
	}
	if f.Name == "" || strings.ContainsAny(f.Name, ":/ ") {
		invalid("the name is empty or has a colon, a slash or a space")
	}
	if f.Dir == "" && f.Bootstrap == "" {
		invalid("it has neither a directory nor a bootstrap")
	}
	if f.Timeout < 0 || f.MaxAge < 0 {
		invalid("a time is negative")
	}
	if f.MemoryMB < 0 || f.Reserved < 0 || f.PerEnvironment < 0 {
		invalid("a limit is negative")
	}
	if f.Retries < 0 || f.Retries > maxRetries {
		invalid("%d retries are not 0 to %d", f.Retries, maxRetries)
	}
	return errors.Join(errs...)
}

// nameOf takes the name out of what Lambda takes as a function's name: the
// name, a partial or a full ARN, each with or without a qualifier.
func nameOf(s string) string {
	const mark = "function:"
	if i := strings.Index(s, mark); i == 0 || i > 0 && s[i-1] == ':' {
		s = s[i+len(mark):]
	}
	name, _, _ := strings.Cut(s, ":")
	return name
}

// environ is the environment of a process of f whose Runtime API listens on
// api. What Lambda reserves cannot be overwritten; region and credentials can,
// by env, which is that of all functions.
//
// The names are from "Using Lambda environment variables" in Lambda's guide.
func environ(f Function, env map[string]string, region, api string) []string {
	vars := map[string]string{
		"AWS_REGION":            region,
		"AWS_DEFAULT_REGION":    region,
		"AWS_ACCESS_KEY_ID":     "local",
		"AWS_SECRET_ACCESS_KEY": "local",
		"AWS_SESSION_TOKEN":     "local",
		"LANG":                  "en_US.UTF-8",
		"TZ":                    ":UTC",
		"PATH":                  os.Getenv("PATH"),
	}
	maps.Copy(vars, env)
	maps.Copy(vars, f.Env)
	maps.Copy(vars, map[string]string{
		"AWS_EXECUTION_ENV":               "AWS_Lambda_provided.al2023",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": strconv.Itoa(f.MemoryMB),
		"AWS_LAMBDA_FUNCTION_NAME":        f.Name,
		"AWS_LAMBDA_FUNCTION_VERSION":     Latest,
		"AWS_LAMBDA_INITIALIZATION_TYPE":  "on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME":       "/aws/lambda/" + f.Name,
		"AWS_LAMBDA_LOG_STREAM_NAME":      "local",
		"AWS_LAMBDA_RUNTIME_API":          api,
		"LAMBDA_RUNTIME_DIR":              f.Dir,
		"LAMBDA_TASK_ROOT":                f.Dir,
		"_HANDLER":                        bootstrap,
	})
	delete(vars, "AWS_LAMBDA_MAX_CONCURRENCY")
	if f.PerEnvironment > 1 {
		vars["AWS_LAMBDA_MAX_CONCURRENCY"] = strconv.Itoa(f.PerEnvironment)
		vars["AWS_LAMBDA_INITIALIZATION_TYPE"] = "lambda-managed-instances"
	}
	list := make([]string, 0, len(vars))
	for name, value := range vars {
		list = append(list, name+"="+value)
	}
	slices.Sort(list)
	return list
}
