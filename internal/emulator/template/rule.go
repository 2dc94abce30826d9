package template

import "errors"

// checkRules holds the parameters against the Rules of the template.
func (e *evaluator) checkRules() error {
	var errs []error
	for _, rule := range e.root.raw("Rules").fields() {
		if condition := rule.raw("RuleCondition"); condition.there() {
			holds, err := e.decide(condition)
			if err != nil {
				errs = append(errs, err)
			}
			if !holds {
				continue
			}
		}
		for _, assertion := range rule.raw("Assertions").items() {
			holds, err := e.decide(assertion.raw("Assert"))
			switch {
			case err != nil:
				errs = append(errs, err)
			case !holds:
				why := plain(assertion.raw("AssertDescription"))
				if why == "" {
					why = "the assertion does not hold"
				}
				errs = append(errs, e.wrong(assertion, "%s", why))
			}
		}
	}
	return errors.Join(errs...)
}
