package invoke_test

import (
	"context"
	"testing"

	"github.com/homing-dev/homing/internal/emulator/invoke"
)

// BenchmarkWarm measures the emulator's own part of an invocation.
func BenchmarkWarm(b *testing.B) {
	for what, opts := range map[string]invoke.Options{"frozen": {}, "running": {NoFreeze: true}} {
		b.Run(what, func(b *testing.B) {
			opts.Functions = []invoke.Function{{Name: name, Dir: b.TempDir(), Bootstrap: program}}
			s, err := invoke.New(b.Context(), opts)
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = s.Close(context.WithoutCancel(b.Context())) }()
			payload := task{Do: "large", N: 2}.payload()
			for b.Loop() {
				if r, err := s.Invoke(b.Context(), name, payload); err != nil || r.FunctionError != "" {
					b.Fatal(string(r.Payload), err)
				}
			}
			if got := s.Stats(name).ColdStarts; got != 1 {
				b.Errorf("%d cold starts", got)
			}
		})
	}
}
