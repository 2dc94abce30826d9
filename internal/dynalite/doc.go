// Package dynalite runs dynalite, a server that speaks DynamoDB's protocol, for
// the emulator and for tests.
//
// It needs Node.js 20 or newer and npm. The first [Start] on a machine installs
// the packages that the embedded package-lock.json names, checked by their
// hashes and without running their scripts, into the user's cache folder; from
// then on nothing is fetched. dynalite knows neither transactions, streams nor
// PartiQL, and keeps no time to live.
package dynalite
