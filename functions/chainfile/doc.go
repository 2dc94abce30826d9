// Package chainfile reads chain.yaml: the file that declares chains.
//
// [Load] reads a file and [Parse] its bytes. Both are strict, because a policy
// that is silently ignored shows only under load: a field that is unknown,
// doubled, empty or of the wrong kind is an error, and so is a value that the
// runtime could not keep, such as two chains on one route. All errors of a
// file come at once, as [Errors], each with its line and column.
//
// The file is one YAML 1.2 document in UTF-8 of at most [MaxSize] bytes
// and 1000 chains:
//
//	chains:
//	  - name: quote
//	    route: POST /quote
//	    timeout: 10s
//	    steps:
//	      - function: quote.validate
//	        retry: {attempts: 3, delay: 50ms}
//	      - quote.enrich
//
// A text of a remote step may hold ${NAME}, which stays as it is written until
// [Serve] has the variables of a process resolved. [Variables] are those that a step
// needs.
//
// Aliases, merge keys and tags of YAML are refused: what a chain does can be
// read off in one place.
package chainfile
