// Package viaredis measures replies that come home through a Redis server: their
// way alone, beside bare round trips to the same server, and whole calls in the
// shape vertex over HTTP, with the processor time of every process.
package viaredis
