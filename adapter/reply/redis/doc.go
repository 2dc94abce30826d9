// Package redis is the reply store on Redis 7 or newer and on Valkey.
package redis
