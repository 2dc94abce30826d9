package coding_test

import (
	"slices"
	"testing"

	"github.com/homing-dev/homing/internal/coding"
)

func TestNegotiate(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		lines []string
		want  coding.Choice
	}{
		"nothing":                 {nil, coding.Choice{}},
		"empty":                   {[]string{""}, coding.Choice{}},
		"gzip":                    {[]string{"gzip"}, coding.Choice{Coding: "gzip"}},
		"its old name":            {[]string{"X-GZIP"}, coding.Choice{Coding: "gzip"}},
		"br":                      {[]string{"br"}, coding.Choice{Coding: "br"}},
		"zstd":                    {[]string{"ZStd"}, coding.Choice{Coding: "zstd"}},
		"a browser":               {[]string{"gzip, deflate, br, zstd"}, coding.Choice{Coding: "zstd"}},
		"an older one":            {[]string{"gzip, deflate, br"}, coding.Choice{Coding: "gzip"}},
		"several lines":           {[]string{"deflate", "br"}, coding.Choice{Coding: "br"}},
		"what is not applied":     {[]string{"deflate, compress"}, coding.Choice{}},
		"by weight":               {[]string{"zstd;q=0.1,gzip;q=0.2,br;q=0.3"}, coding.Choice{Coding: "br"}},
		"by a small weight":       {[]string{"gzip;q=0.001"}, coding.Choice{Coding: "gzip"}},
		"with space":              {[]string{" gzip ;\tq=0.5 , br ; Q=1.000"}, coding.Choice{Coding: "br"}},
		"refused":                 {[]string{"gzip;q=0, br;q=0.0, zstd;q=0.000"}, coding.Choice{}},
		"all":                     {[]string{"*"}, coding.Choice{Coding: "gzip"}},
		"all but gzip":            {[]string{"gzip;q=0, *"}, coding.Choice{Coding: "br"}},
		"all, least":              {[]string{"*;q=0.1, br;q=0.2"}, coding.Choice{Coding: "br"}},
		"all, most":               {[]string{"*, br;q=0.2"}, coding.Choice{Coding: "gzip"}},
		"all alike":               {[]string{"*, br"}, coding.Choice{Coding: "br"}},
		"no other":                {[]string{"*;q=0, br"}, coding.Choice{Coding: "br", Required: true}},
		"identity":                {[]string{"identity"}, coding.Choice{}},
		"rather identity":         {[]string{"gzip;q=0.5, identity"}, coding.Choice{}},
		"rather gzip":             {[]string{"identity;q=0.5, gzip"}, coding.Choice{Coding: "gzip"}},
		"either":                  {[]string{"identity, gzip"}, coding.Choice{Coding: "gzip"}},
		"no identity":             {[]string{"identity;q=0, gzip"}, coding.Choice{Coding: "gzip", Required: true}},
		"no identity, all":        {[]string{"*, identity;q=0"}, coding.Choice{Coding: "gzip", Required: true}},
		"nothing but identity":    {[]string{"*;q=0, identity"}, coding.Choice{}},
		"nothing at all":          {[]string{"*;q=0"}, coding.Choice{Required: true}},
		"no identity, unknown":    {[]string{"identity;q=0, compress"}, coding.Choice{Required: true}},
		"malformed weights":       {[]string{"gzip;q=2, br;q=-1, zstd;q=x"}, coding.Choice{}},
		"more malformed weights":  {[]string{"gzip;q=0.1234, br;q=, zstd;q"}, coding.Choice{}},
		"still more":              {[]string{"gzip;q=1e-1, br;q=nan, zstd;level=3"}, coding.Choice{}},
		"malformed beside a good": {[]string{"gzip;q=7, br, ;;,"}, coding.Choice{Coding: "br"}},
	} {
		if got := coding.Negotiate(tt.lines); got != tt.want {
			t.Errorf("%s: got %+v, want %+v", name, got, tt.want)
		}
	}
}

func FuzzNegotiate(f *testing.F) {
	f.Add("gzip;q=0.5, *;q=0")
	f.Fuzz(func(t *testing.T, line string) {
		if got := coding.Negotiate([]string{line}); !slices.Contains([]coding.Coding{"", "gzip", "br", "zstd"}, got.Coding) {
			t.Errorf("got %+v", got)
		}
	})
}

func TestIsCompressible(t *testing.T) {
	t.Parallel()
	for contentType, want := range map[string]bool{
		"application/json": true, "Application/JSON ; charset=utf-8": true, "text/plain": true, "text/html; charset=utf-8": true,
		"application/problem+json": true, "application/cloudevents-batch+json": true, "image/svg+xml": true, "application/x-ndjson": true,
		"application/x-www-form-urlencoded": true, "": false, "image/jpeg": false, "image/png": false, "video/mp4": false,
		"application/zip": false, "application/octet-stream": false, "application/gzip": false, "font/woff2": false, "audio/mpeg": false,
	} {
		if got := coding.IsCompressible(contentType); got != want {
			t.Errorf("%q: got %v", contentType, got)
		}
	}
}
