package chainfile_test

import "testing"

func TestKindsAreStrict(t *testing.T) {
	t.Parallel()
	refuse(t, map[string]refused{
		"number for a text": {
			withField("description: 5"),
			`chain.yaml:5:18: chains[0].description: expected a text, found the number 5`,
		},
		"nothing for a text": {
			withField("description:"),
			`chain.yaml:5:17: chains[0].description: expected a text, found nothing`,
		},
		"truth value for a text": {
			withField("description: true"),
			`chain.yaml:5:18: chains[0].description: expected a text, found true`,
		},
		"date for a text": {
			withField("type: 2024-05-01"),
			`chain.yaml:5:11: chains[0].type: expected a text, found "2024-05-01"`,
		},
		"mapping for a text": {
			withField("type: {a: b}"),
			`chain.yaml:5:11: chains[0].type: expected a text, found a mapping`,
		},
		"text for a list": {
			withField("headers: Accept"),
			`chain.yaml:5:14: chains[0].headers: expected a list of headers, found the text "Accept"`,
		},
		"word for a truth value": {
			withField("progress: yes"),
			`chain.yaml:5:15: chains[0].progress: expected true or false, found the text "yes"; did you mean "true"?`,
		},
		"other word for a truth value": {
			withField("progress: Off"),
			`chain.yaml:5:15: chains[0].progress: expected true or false, found the text "Off"; did you mean "false"?`,
		},
		"quoted truth value": {
			withField(`progress: "true"`),
			`chain.yaml:5:15: chains[0].progress: expected true or false, found the text "true"`,
		},
		"text for a number": {
			withPolicy("retry: {attempts: three}"),
			`chain.yaml:6:27: chains[0].steps[0].retry.attempts: expected a whole number from 1 to 100, found the text "three"`,
		},
		"fraction for a whole number": {
			withPolicy("retry: {attempts: 1.5}"),
			`chain.yaml:6:27: chains[0].steps[0].retry.attempts: expected a whole number from 1 to 100, found the number 1.5`,
		},
		"hexadecimal number": {
			withPolicy("retry: {attempts: 0x10}"),
			`chain.yaml:6:27: chains[0].steps[0].retry.attempts: 0x10 is not a whole number from 1 to 100`,
		},
		"text listed twice": {
			withField("tenants:", "  - shop", "  - desk", "  - shop"),
			`chain.yaml:8:9: chains[0].tenants[2]: "shop" is listed already, at line 6`,
		},
		"empty list": {
			withField("tenants: []"),
			`chain.yaml:5:14: chains[0].tenants: the list of tenants is empty`,
		},
		"number in a list of texts": {
			withField("tenants: [1, shop]"),
			`chain.yaml:5:15: chains[0].tenants[0]: expected a text, found the number 1`,
		},
	})
}

func TestDurationIsRefused(t *testing.T) {
	t.Parallel()
	const at = "chain.yaml:5:14: chains[0].timeout: "
	refuse(t, map[string]refused{
		"without a unit":        {withField("timeout: 5"), at + `the duration "5" has no unit; did you mean "5s"?`},
		"quoted without a unit": {withField("timeout: '5'"), at + `"5" is not a duration; did you mean "5s"?`},
		"fraction without unit": {withField("timeout: 0.5"), at + `the duration "0.5" has no unit; did you mean "0.5s"?`},
		"with a space":          {withField("timeout: 5 s"), at + `"5 s" is not a duration; did you mean "5s"?`},
		"seconds":               {withField("timeout: 5 Seconds"), at + `"5 Seconds" is not a duration; did you mean "5s"?`},
		"minutes":               {withField("timeout: 5min"), at + `"5min" is not a duration; did you mean "5m"?`},
		"hours":                 {withField("timeout: 2hours"), at + `"2hours" is not a duration; did you mean "2h"?`},
		"milliseconds":          {withField("timeout: 5msec"), at + `"5msec" is not a duration; did you mean "5ms"?`},
		"a word":                {withField("timeout: soon"), at + `"soon" is not a duration`},
		"zero":                  {withField("timeout: 0s"), at + `the duration "0s" is not greater than zero`},
		"zero without a unit":   {withField("timeout: 0"), at + `the duration "0" is not greater than zero`},
		"negative":              {withField("timeout: -5s"), at + `the duration "-5s" is not greater than zero`},
		"negative, no unit":     {withField("timeout: -5"), at + `the duration "-5" has no unit`},
		"too long":              {withField("timeout: 9999999h"), at + `"9999999h" is not a duration`},
		"truth value": {
			withField("timeout: true"), at + `expected a duration such as "10s", found true`,
		},
		"nothing": {
			withField("timeout: ~"), at + `expected a duration such as "10s", found nothing`,
		},
	})
}

func TestSizeIsRefused(t *testing.T) {
	t.Parallel()
	const at = "chain.yaml:5:14: chains[0].maxBody: "
	const not = " is not a size in bytes, KB, KiB, MB, MiB, GB or GiB"
	refuse(t, map[string]refused{
		"zero":          {withField("maxBody: 0"), at + `the size "0" is not greater than zero`},
		"zero and unit": {withField("maxBody: 0MiB"), at + `the size "0MiB" is not greater than zero`},
		"negative":      {withField("maxBody: -1"), at + `"-1"` + not},
		"with a space":  {withField("maxBody: 1 MiB"), at + `"1 MiB"` + not + `; did you mean "1MiB"?`},
		"lower case":    {withField("maxBody: 1mib"), at + `"1mib"` + not + `; did you mean "1MiB"?`},
		"short unit":    {withField("maxBody: 1M"), at + `"1M"` + not + `; did you mean "1MiB"?`},
		"short binary":  {withField("maxBody: 1Ki"), at + `"1Ki"` + not + `; did you mean "1KiB"?`},
		"larger unit":   {withField("maxBody: 1TiB"), at + `"1TiB"` + not},
		"unit alone":    {withField("maxBody: MiB"), at + `"MiB"` + not},
		"hexadecimal":   {withField("maxBody: 0x10"), at + `"0x10"` + not},
		"too large":     {withField("maxBody: 9223372036854775807KB"), at + `"9223372036854775807KB"` + not},
		"fraction":      {withField("maxBody: 1.5"), at + `expected a size such as "1MiB", found the number 1.5`},
	})
}
