package main

import (
	"os"
	"testing"
)

func TestThePageIsFresh(t *testing.T) {
	t.Parallel()
	written, err := os.ReadFile("../../../docs/configuration.md")
	if err != nil || string(written) != page() {
		t.Errorf("docs/configuration.md is not what the code says (%v); run make generate", err)
	}
}
