package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"syscall"
)

const problemType = "application/problem+json"

// answer is what came back from one exchange.
type answer struct {
	status int
	header http.Header
	body   []byte
	err    error // if there is none
}

// expectation knows what is right: the quote of every order, less its
// reference. The oracle has told it.
type expectation struct{ quotes []string }

// placeholder stands for the reference in a quote.
const placeholder = "{reference}"

// judgeAnswer returns what an answer to the call itself, or to a fetch of its reply,
// is worth.
func (e expectation) judgeAnswer(l look, c *call, a answer) look {
	l.status = a.status
	if a.err != nil {
		return withError(l, a.err)
	}
	l.id = a.header.Get("X-Request-ID")
	l.bare = (a.status == http.StatusTooManyRequests || a.status == http.StatusServiceUnavailable) && a.header.Get("Retry-After") == ""
	switch {
	case a.status == http.StatusAccepted:
		l.kind = pending
		if !strings.HasPrefix(a.header.Get("Location"), "/requests/") {
			return l.wrongly("202 without a Location")
		}
		if l.what == lookCall && !c.mayPend() {
			return l.wrongly("202 that nobody asked for")
		}
		return l
	case a.status == c.plan.status():
		return e.judgeResult(l, c, a)
	case a.status < http.StatusBadRequest:
		return l.wrongly(fmt.Sprintf("status %d, want %d: %.200s", a.status, c.plan.status(), a.body))
	default:
		return judgeError(l, a)
	}
}

// withError is for an exchange without an answer.
func withError(l look, err error) look {
	l.why = err.Error()
	switch {
	case errors.Is(err, errHung):
		l.kind = hung
	case errors.Is(err, errLeft):
		l.kind = left
	case errors.Is(err, errCutOff):
		l.kind = cutOff
	case errors.Is(err, syscall.ECONNREFUSED):
		l.kind = unreachable
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		strings.Contains(err.Error(), "server closed idle connection"): // net/http does not export it
		l.kind = broken
	default:
		l.kind = wrong
	}
	return l
}

func (l look) wrongly(why string) look {
	l.kind, l.why = wrong, why
	return l
}

// judgeResult is for an answer with the status that the plan asks for.
func (e expectation) judgeResult(l look, c *call, a answer) look {
	l.kind = final
	switch c.plan.end {
	case endDrop:
		l.digest = "204"
		if len(a.body) > 0 {
			return l.wrongly("204 with a body")
		}
		return l
	case endResult:
		if media := a.header.Get("Content-Type"); media != "application/json" {
			return l.wrongly("content type " + media)
		}
		return e.judgeBody(l, c, a.body)
	default:
		l = judgeError(l, a)
		if l.kind == trouble {
			l.kind, l.digest = final, strconv.Itoa(a.status)
		}
		if !bytes.Contains(a.body, []byte(c.plan.nonce)) && c.plan.end == endRefuse {
			return l.wrongly("the refusal of another order: " + l.why)
		}
		return l
	}
}

// judgeBody compares a result with what it must be, byte by byte.
func (e expectation) judgeBody(l look, c *call, body []byte) look {
	var doc struct {
		Nonce     string `json:"nonce"`
		Request   string `json:"request"`
		Execution string `json:"execution"`
	}
	switch err := json.Unmarshal(body, &doc); {
	case len(body) == 0:
		return l.wrongly("200 with an empty body")
	case err != nil:
		return l.wrongly(fmt.Sprintf("no JSON: %v: %.200s", err, body))
	case doc.Nonce != c.plan.nonce:
		return l.wrongly("the answer of " + doc.Nonce)
	case l.id != "" && doc.Request != l.id:
		return l.wrongly("the answer of request " + doc.Request)
	}
	quote := strings.ReplaceAll(e.quotes[c.plan.variant], placeholder, c.plan.String())
	if want := sealed(doc.Nonce, doc.Request, doc.Execution, quote); string(body) != want {
		return l.wrongly(fmt.Sprintf("other bytes: %s\n    want %s", body, want))
	}
	l.id, l.digest = doc.Request, doc.Execution
	return l
}

// judgeError is for an answer that is an error: an honest one is a problem
// document with the status of a trouble of the moment.
func judgeError(l look, a answer) look {
	var doc struct {
		Status int    `json:"status"`
		Title  string `json:"title"`
		Detail string `json:"detail"`
	}
	media, _, _ := strings.Cut(a.header.Get("Content-Type"), ";")
	if media != problemType || json.Unmarshal(a.body, &doc) != nil || doc.Title == "" || doc.Status != a.status {
		return l.wrongly(fmt.Sprintf("%d that is no problem document: %s %.200s", a.status, media, a.body))
	}
	l.why = doc.Title + ": " + doc.Detail
	switch a.status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		l.kind = trouble
	case http.StatusNotFound, http.StatusGone:
		l.kind = gone
		if l.what == lookCall {
			return l.wrongly("the route is there: " + l.why)
		}
	case http.StatusUnprocessableEntity, http.StatusInternalServerError:
		l.kind = trouble // right if the plan says so, which judgeResult knows
		if !strings.Contains(doc.Detail, "is not for sale") {
			return l.wrongly(fmt.Sprintf("%d %s", a.status, l.why))
		}
	default:
		return l.wrongly(fmt.Sprintf("%d %s", a.status, l.why))
	}
	l.own = l.what != lookCall && l.id != ""
	return l
}

// judgeCancel is for an answer to a DELETE.
func judgeCancel(l look, a answer) look {
	l.status = a.status
	switch {
	case a.err != nil:
		return withError(l, a.err)
	case a.status == http.StatusNoContent:
		l.kind = cancelled
		return l
	case a.status == http.StatusConflict:
		l.kind = conflict
		return l
	case a.status < http.StatusBadRequest:
		return l.wrongly(fmt.Sprintf("status %d to a DELETE", a.status))
	default:
		return judgeError(l, a)
	}
}
