// Package moto runs the server of moto, a second implementation of DynamoDB's
// protocol and one of S3's, for the tests of the reply stores.
//
// It needs Python 3.10 or newer. The first [Start] on a machine installs the
// packages that requirements.txt names, checked by their hashes, into a virtual
// environment in the user's cache folder. That file is made from
// requirements.in by
//
//	pip-compile --generate-hashes --no-emit-index-url --no-emit-trusted-host --strip-extras
package moto
