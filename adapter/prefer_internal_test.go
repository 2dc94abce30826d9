package adapter

import (
	"testing"
	"time"
)

func TestPreferencesThatAreUnknownOrMalformedAreIgnored(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		lines []string
		async bool
		wait  time.Duration // -1 for none
	}{
		"word":                     {[]string{"wait=abc"}, false, -1},
		"fraction":                 {[]string{"wait=1.5"}, false, -1},
		"negative":                 {[]string{"wait=-1"}, false, -1},
		"signed":                   {[]string{"wait=+1"}, false, -1},
		"20 digits":                {[]string{"wait=99999999999999999999"}, false, -1},
		"no value":                 {[]string{"wait"}, false, -1},
		"empty value":              {[]string{`wait=""`}, false, -1},
		"quote without end":        {[]string{`wait="10`}, false, -1},
		"async with a value":       {[]string{"respond-async=true"}, false, -1},
		"unknown":                  {[]string{`handling=lenient, x="a, respond-async; wait=3"`}, false, -1},
		"empty":                    {[]string{"", " , ;, ="}, false, -1},
		"beside a good one":        {[]string{"wait=abc, respond-async"}, true, -1},
		"in another header":        {[]string{`x="`, "respond-async", "WAIT = 10"}, true, 10 * time.Second},
		"first one counts":         {[]string{"wait=3, wait=5", "wait=7"}, false, 3 * time.Second},
		"async with an empty one":  {[]string{`respond-async="", wait=0`}, true, 0},
		"quoted":                   {[]string{`wait="10"`}, false, 10 * time.Second},
		"quoted with escapes":      {[]string{`wait="1\0"`}, false, 10 * time.Second},
		"parameters":               {[]string{`respond-async; a=b; c="d, wait=1", wait=2;x`}, true, 2 * time.Second},
		"more than there is":       {[]string{"wait=9999999999"}, false, maxPreferWait * time.Second},
		"comma in quotes and more": {[]string{`x="\", wait=1", wait=4`}, false, 4 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := parsePrefer(tt.lines)
			wait := got.wait
			if !got.waits {
				wait = -1
			}
			if got.async != tt.async || wait != tt.wait {
				t.Errorf("%q: async %v, wait %v; want %v, %v", tt.lines, got.async, wait, tt.async, tt.wait)
			}
		})
	}
}
