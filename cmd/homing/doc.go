// Command homing works on an app of chains of event functions, which is the folder
// with chain.yaml: it builds, serves, calls, checks, draws and deploys it. It holds no
// functions itself:
//
//	homing serve                    the app over HTTP
//	homing invoke quote -f FILE     run one request, here or on a server
//	homing chain validate           check chain.yaml
//	homing chain graph              draw it as a Mermaid flowchart
//	homing local                    run the AWS template on this machine
//	homing deadletter list          show the events that no function could finish
//	homing generate sam             write the AWS template of chain.yaml
//	homing version                  say what this is
//
// The exit code is 0 if all went well, 1 if something failed or a call was
// answered with 4xx or 5xx, and 2 if the command cannot be tried as it was
// given. See `homing COMMAND --help`.
package main
