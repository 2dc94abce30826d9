package polling

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
)

// Proxy stands before DynamoDB and counts. It is safe for concurrent use.
type Proxy struct {
	http.Handler

	mu    sync.Mutex
	count Count
}

// Count is what went through a [Proxy].
type Count struct {
	// Calls of each operation, such as "Query".
	Calls map[string]int
	// Units that the calls of each operation took, as far as they had asked to
	// be told.
	Units map[string]float64
	// Failed is how many calls were answered with another status than 200. A
	// condition that does not hold is one.
	Failed int
}

// idle is how many connections are kept: as many as anybody uses at once.
const idle = 256

// NewProxy makes a proxy for the server at target.
func NewProxy(target string) (*Proxy, error) {
	u, err := url.Parse(target)
	if err != nil {
		return nil, fmt.Errorf("read the address of DynamoDB: %w", err)
	}
	p := &Proxy{count: Count{Calls: map[string]int{}, Units: map[string]float64{}}}
	proxy := &httputil.ReverseProxy{
		Rewrite:        func(r *httputil.ProxyRequest) { r.SetURL(u) },
		Transport:      &http.Transport{MaxIdleConns: idle, MaxIdleConnsPerHost: idle},
		ModifyResponse: p.answered,
		// The caller has gone, as a poller whose reply has come by another
		// read, or hears that there is no DynamoDB.
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	p.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.asked(r)
		proxy.ServeHTTP(w, r)
	})
	return p, nil
}

// operationOf reads the header that has it in the protocol "AWS JSON 1.0".
func operationOf(r *http.Request) string {
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	return operation
}

// asked counts a call, whether or not its caller waits for the answer.
func (p *Proxy) asked(r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count.Calls[operationOf(r)]++
}

// answered counts what an answer tells.
func (p *Proxy) answered(resp *http.Response) error {
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close() // it was read
	if err != nil {
		return fmt.Errorf("read the answer of DynamoDB: %w", err)
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count.Units[operationOf(resp.Request)] += unitsOf(body)
	if resp.StatusCode != http.StatusOK {
		p.count.Failed++
	}
	return nil
}

// unitsOf reads the consumed capacity in an answer; 0 if there is none. A batch
// has a list of them.
func unitsOf(body []byte) float64 {
	type consumed struct {
		Units float64 `json:"CapacityUnits"` //nolint:tagliatelle // DynamoDB's own name
	}
	var one struct {
		Consumed consumed `json:"ConsumedCapacity"` //nolint:tagliatelle // as above
	}
	if json.Unmarshal(body, &one) == nil {
		return one.Consumed.Units
	}
	var many struct {
		Consumed []consumed `json:"ConsumedCapacity"` //nolint:tagliatelle // as above
	}
	if json.Unmarshal(body, &many) != nil {
		return 0
	}
	var sum float64
	for _, c := range many.Consumed {
		sum += c.Units
	}
	return sum
}

// Count is what went through so far.
func (p *Proxy) Count() Count {
	p.mu.Lock()
	defer p.mu.Unlock()
	return Count{Calls: maps.Clone(p.count.Calls), Units: maps.Clone(p.count.Units), Failed: p.count.Failed}
}

// Since is what has gone through after an earlier count.
func (c Count) Since(before Count) Count {
	out := Count{Calls: map[string]int{}, Units: map[string]float64{}, Failed: c.Failed - before.Failed}
	for operation, n := range c.Calls {
		out.Calls[operation] = n - before.Calls[operation]
		out.Units[operation] = c.Units[operation] - before.Units[operation]
	}
	return out
}

// Reads and Writes are the calls that read, and all others.
func (c Count) Reads() int {
	n := 0
	for operation, calls := range c.Calls {
		if reads(operation) {
			n += calls
		}
	}
	return n
}

// Writes are all calls that do not read.
func (c Count) Writes() int {
	n := 0
	for operation, calls := range c.Calls {
		if !reads(operation) {
			n += calls
		}
	}
	return n
}

// ReadUnits are the units of the calls that read.
func (c Count) ReadUnits() float64 {
	var sum float64
	for operation, units := range c.Units {
		if reads(operation) {
			sum += units
		}
	}
	return sum
}

func reads(operation string) bool {
	switch operation {
	case "GetItem", "BatchGetItem", "Query", "Scan":
		return true
	default:
		return false
	}
}
