package mermaid

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/homing-dev/homing/functions"
)

// limits are what is declared of the chain as a whole.
func limits(c functions.Chain) []string {
	lines := []string{"deadline " + c.WithDefaults().Timeout.String()}
	if c.AsyncTimeout > 0 {
		lines = append(lines, "async deadline "+c.AsyncTimeout.String())
	}
	if c.MaxBody > 0 {
		lines = append(lines, fmt.Sprintf("body up to %d bytes", c.MaxBody))
	}
	if len(c.Tenants) > 0 {
		lines = append(lines, "tenants "+strings.Join(c.Tenants, ", "))
	}
	return lines
}

// policy is what is declared of a step; its function is named where the step
// has a name of its own.
func policy(s functions.Step) []string {
	var lines []string
	if s.Uses != s.Name && !strings.HasSuffix(s.Uses, "."+s.Name) && s.Uses != "" {
		lines = append(lines, s.Uses)
	}
	lines = append(lines, remote(s)...)
	p := s.Policy
	if p.Timeout > 0 {
		lines = append(lines, "timeout "+p.Timeout.String())
	}
	if p.Retry.Attempts > 1 {
		lines = append(lines, fmt.Sprintf("up to %d attempts%s", p.Retry.Attempts, pause(p.Retry)))
	}
	if p.Concurrency.Max > 0 {
		lines = append(lines, concurrency(p.Concurrency))
	}
	if b := p.Breaker; b.Failures > 0 {
		lines = append(lines, fmt.Sprintf("opens after %d of %d failures", b.Failures, cmp.Or(b.Of, b.Failures)))
	}
	return lines
}

// remote is where a remote step is, as the file has it: with the names of variables
// and secrets.
func remote(s functions.Step) []string {
	var lines []string
	for _, one := range []struct{ what, text string }{
		{"", s.URL}, {"run: ", s.Run}, {"answers ", s.Answers}, {"signed for ", s.Auth.SigV4}, {"ID token for ", s.Auth.OIDC},
	} {
		if one.text != "" {
			lines = append(lines, one.what+one.text)
		}
	}
	return lines
}

func pause(r functions.Retry) string {
	text := ""
	if r.Delay > 0 {
		text = ", delay " + r.Delay.String()
	}
	if r.MaxDelay > 0 {
		text += ", at most " + r.MaxDelay.String()
	}
	return text
}

func concurrency(c functions.Concurrency) string {
	text := fmt.Sprintf("%d at once", c.Max)
	if c.Adaptive {
		text = fmt.Sprintf("adaptive, up to %d at once", c.Max)
	}
	if wait := c.Wait; wait > 0 {
		text += ", wait " + wait.Round(time.Microsecond).String()
	}
	return text
}
