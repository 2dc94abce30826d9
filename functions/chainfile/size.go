package chainfile

import (
	"go.yaml.in/yaml/v3"

	"github.com/homing-dev/homing/internal/bytesize"
)

// size reads a number of bytes, such as 4096, 100KB or 1MiB, that is greater
// than zero.
func (r *reader) size(into *int64) func(value) {
	return func(v value) {
		if !r.is(v, yaml.ScalarNode, `a size such as "1MiB"`, textTag, intTag) {
			return
		}
		n, err := bytesize.Parse(v.node.Value)
		switch {
		case err != nil:
			r.wrongMeant(v, bytesize.Meant(v.node.Value), "%s is not a size in bytes, KB, KiB, MB, MiB, GB or GiB", quote(v.node.Value))
		case n == 0:
			r.wrong(v, "the size %s is not greater than zero", quote(v.node.Value))
		default:
			*into = n
		}
	}
}
