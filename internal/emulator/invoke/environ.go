package invoke

import (
	"maps"
	"os"
	"slices"
	"strconv"
)

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
	for _, own := range []map[string]string{env, f.Env} {
		maps.Copy(vars, own)
	}
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
