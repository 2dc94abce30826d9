package settings

import (
	"errors"
	"slices"
)

// roleStore was the role of a process that kept the replies of several adapters.
const roleStore = "store"

// errStoreGone says what there is in the place of the store over HTTP.
var errStoreGone = errors.New("the reply store of the role store is gone: several adapters share their " +
	"replies by a Redis or Valkey server, set HOMING_STORE=redis://USER:PASSWORD@HOST:6379 on each of them and on their vertices")

// gone is the error of a setting that was once, nil for any other.
func gone(name string) error {
	if slices.Contains([]string{"store-url", "store-secret"}, name) {
		return errStoreGone
	}
	return nil
}

// role is a word with the error of the role that was once.
func role(to *string, words ...string) Value {
	v := word(to, RoleAll, words...)
	known := v.Set
	v.Set = func(text string) error {
		if text == roleStore {
			return errStoreGone
		}
		return known(text)
	}
	return v
}
