package chainfile_test

import "testing"

func TestRetryIsRefused(t *testing.T) {
	t.Parallel()
	const at = "chains[0].steps[0].retry"
	refuse(t, map[string]refused{
		"no attempt": {
			withPolicy("retry: {attempts: 0}"),
			`chain.yaml:6:27: ` + at + `.attempts: 0 is not a whole number from 1 to 100`,
		},
		"too many attempts": {
			withPolicy("retry: {attempts: 101}"),
			`chain.yaml:6:27: ` + at + `.attempts: 101 is not a whole number from 1 to 100`,
		},
		"negative": {
			withPolicy("retry: {attempts: -1}"),
			`chain.yaml:6:27: ` + at + `.attempts: -1 is not a whole number from 1 to 100`,
		},
		"without attempts": {withPolicy("retry: {delay: 50ms}"), `chain.yaml:6:16: ` + at + `: the field "attempts" is missing`},
		"number alone": {
			withPolicy("retry: 3"),
			`chain.yaml:6:16: ` + at + `: expected a mapping with attempts, delay, maxDelay, jitter, found the number 3`,
		},
		"jitter above 1": {
			withPolicy("retry: {attempts: 2, jitter: 1.1}"),
			`chain.yaml:6:38: ` + at + `.jitter: 1.1 is not a number from 0 to 1`,
		},
		"jitter below 0": {
			withPolicy("retry: {attempts: 2, jitter: -0.1}"),
			`chain.yaml:6:38: ` + at + `.jitter: -0.1 is not a number from 0 to 1`,
		},
		"jitter no number": {
			withPolicy("retry: {attempts: 2, jitter: .nan}"), `chain.yaml:6:38: ` + at + `.jitter: .nan is not a number from 0 to 1`,
		},
		"jitter in percent": {
			withPolicy("retry: {attempts: 2, jitter: 20%}"),
			`chain.yaml:6:38: ` + at + `.jitter: expected a number from 0 to 1, found the text "20%"`,
		},
		"delay above its cap": {
			withPolicy("retry: {attempts: 2, delay: 2s, maxDelay: 1s}"),
			`chain.yaml:6:37: ` + at + `.delay: 2s is longer than maxDelay, 1s`,
		},
		"delay above the default cap": {
			withPolicy("retry: {attempts: 2, delay: 3s}"),
			`chain.yaml:6:37: ` + at + `.delay: 3s is longer than the default maxDelay, 2s; write a maxDelay`,
		},
		"cap below the default delay": {
			withPolicy("retry: {attempts: 2, maxDelay: 10ms}"),
			`chain.yaml:6:40: ` + at + `.maxDelay: 10ms is shorter than the default delay, 50ms; write a delay`,
		},
	})
}

func TestConcurrencyIsRefused(t *testing.T) {
	t.Parallel()
	const at = "chains[0].steps[0].concurrency"
	refuse(t, map[string]refused{
		"zero": {withPolicy("concurrency: 0"), `chain.yaml:6:22: ` + at + `: 0 is not a whole number from 1 to 1000000`},
		"text": {
			withPolicy("concurrency: many"),
			`chain.yaml:6:22: ` + at + `: expected a whole number or a mapping with max, adaptive, wait, found the text "many"`,
		},
		"nothing": {
			withPolicy("concurrency:"),
			`chain.yaml:6:21: ` + at + `: expected a whole number or a mapping with max, adaptive, wait, found nothing`,
		},
		"zero in a mapping": {
			withPolicy("concurrency: {max: 0}"),
			`chain.yaml:6:28: ` + at + `.max: 0 is not a whole number from 1 to 1000000`,
		},
		"no max": {withPolicy("concurrency: {adaptive: true}"), `chain.yaml:6:22: ` + at + `: the field "max" is missing`},
		"more than an int": {
			withPolicy("concurrency: 99999999999999999999"),
			`chain.yaml:6:22: ` + at + `: expected a whole number or a mapping with max, adaptive, wait, found the number 99999999999999999999`,
		},
	})
}

func TestBreakerIsRefused(t *testing.T) {
	t.Parallel()
	const at = "chains[0].steps[0].breaker"
	refuse(t, map[string]refused{
		"more failures than calls": {
			withPolicy("breaker: {failures: 5, of: 3}"),
			`chain.yaml:6:29: ` + at + `.failures: 5 failures cannot be among the last 3 calls`,
		},
		"no failures": {withPolicy("breaker: {of: 3}"), `chain.yaml:6:18: ` + at + `: the field "failures" is missing`},
		"of zero": {
			withPolicy("breaker: {failures: 1, of: 0}"),
			`chain.yaml:6:36: ` + at + `.of: 0 is not a whole number from 1 to 1000000`,
		},
		"zero delay": {
			withPolicy("breaker: {failures: 1, delay: 0s}"),
			`chain.yaml:6:39: ` + at + `.delay: the duration "0s" is not greater than zero`,
		},
	})
}
