// Package template reads a SAM template as `sam build` leaves it, and returns what
// it declares as plain values: functions, HTTP APIs, tables and queues.
//
//	stack, err := template.Load(".aws-sam/build/template.yaml", map[string]string{"Shape": "split"}, template.Options{})
//
// Parameters, mappings, conditions, Globals and the intrinsic functions are
// resolved like CloudFormation and SAM resolve them; names, ARNs and URLs come
// out as they would on AWS, for the region and the account of [Options]. The
// emulator puts addresses of this machine in the place of the URLs.
//
// Resources that only watch or allow something (alarms, log groups, roles,
// permissions) are skipped. What would change the behaviour and cannot be run
// on one machine is an error; what is left out without harm is listed in
// [Stack.Ignored]. Every error names file, line and property.
//
// The forms are those of the AWS CloudFormation User Guide ("Template
// anatomy", "Intrinsic function reference") and of the AWS SAM specification.
package template
