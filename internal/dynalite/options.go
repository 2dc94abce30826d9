package dynalite

import (
	"io"
	"os"
	"path/filepath"
)

// Options say how dynalite is run. The zero value keeps all tables in memory.
type Options struct {
	// Dir is the folder where tables are kept, made if need be; "" means in
	// memory. Only one server at a time may use it.
	Dir string
	// Log takes what the server writes, one Write at a time; nil means nowhere.
	Log io.Writer
	// Cache is the folder below which dynalite is installed; "" means "homing"
	// in the user's cache folder ([os.UserCacheDir]).
	Cache string
}

func (o Options) withDefaults() (Options, error) {
	if o.Log == nil {
		o.Log = io.Discard
	}
	if o.Cache == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return o, err
		}
		o.Cache = filepath.Join(cache, "homing")
	}
	if o.Dir != "" {
		dir, err := filepath.Abs(o.Dir) // dynalite runs in another folder
		if err != nil {
			return o, err
		}
		o.Dir = dir
	}
	return o, nil
}
