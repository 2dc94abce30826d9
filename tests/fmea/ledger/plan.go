package main

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// plan is what a call wants the steps of the harness to do. It travels in the
// reference of the order, which the functions between them pass on.
type plan struct {
	nonce    string
	variant  int           // of the order
	gate     time.Duration // how long the first step takes
	seal     time.Duration // how long the last one takes
	failures int           // how often the first step answers 503 before
	end      string        // what the last step answers
}

// What the last step answers.
const (
	endResult = "result"
	endRefuse = "refuse" // 422
	endFail   = "fail"   // 500
	endDrop   = "drop"   // no event, so 204
)

const planParts = 6

func (p plan) String() string {
	return fmt.Sprintf("%s;%d;%d;%d;%d;%s", p.nonce, p.variant, p.gate.Milliseconds(), p.seal.Milliseconds(), p.failures, p.end)
}

func parsePlan(reference string) (plan, error) {
	parts := strings.Split(reference, ";")
	if len(parts) != planParts {
		return plan{}, fmt.Errorf("%q is no plan", reference)
	}
	var numbers [planParts - 2]int
	for i := range numbers {
		n, err := strconv.Atoi(parts[i+1])
		if err != nil {
			return plan{}, fmt.Errorf("%q is no plan: %w", reference, err)
		}
		numbers[i] = n
	}
	return plan{
		nonce: parts[0], variant: numbers[0], gate: time.Duration(numbers[1]) * time.Millisecond,
		seal: time.Duration(numbers[2]) * time.Millisecond, failures: numbers[3], end: parts[planParts-1],
	}, nil
}

// status is that of the right answer.
func (p plan) status() int {
	switch p.end {
	case endRefuse:
		return http.StatusUnprocessableEntity
	case endFail:
		return http.StatusInternalServerError
	case endDrop:
		return http.StatusNoContent
	default:
		return http.StatusOK
	}
}

// orders are as many as there are variants; {reference} is filled in.
func orders() []string {
	return []string{
		`{"reference":"{reference}","currency":"EUR","country":"DE","lines":[{"sku":"NOTE-A5-DOT","quantity":2}]}`,
		`{"reference":"{reference}","currency":"EUR","country":"DE","voucher":"SPRING25","lines":[{"sku":"PEN-GEL-BLACK","quantity":144},` +
			`{"sku":"PAPER-A4-80","quantity":40},{"sku":"COFFEE-ESPRESSO-1KG","quantity":6}]}`,
		`{"reference":"{reference}","currency":"EUR","country":"FR","lines":[{"sku":"LAMP-DESK-LED","quantity":2},` +
			`{"sku":"BOOK-TYPOGRAPHY","quantity":1}]}`,
		`{"reference":"{reference}","currency":"EUR","country":"DE","lines":[{"sku":"CHOCOLATE-70-100","quantity":9},` +
			`{"sku":"TREE-DONATION","quantity":5},{"sku":"ENVELOPE-DL-100","quantity":3}]}`,
	}
}

func (p plan) order() string {
	return strings.ReplaceAll(orders()[p.variant], "{reference}", p.String())
}
