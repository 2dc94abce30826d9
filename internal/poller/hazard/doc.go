// Package hazard learns how long the calls of a chain take.
//
// A [Model] keeps the latencies of the last calls, newer ones with more
// weight, and fits a [Curve] to them: the rate at which a call that has not
// been answered at some age is answered now. The curve is constant in blocks.
// Where one block ends and the next begins is found by Bayesian blocks
// (Scargle, Norris, Jackson and Chiang 2013, Studies in Astronomical Time
// Series Analysis VI), with the time at risk in the place of the plain width
// of a block, so that calls that ended without a reply count for as long as
// they waited. A constant latency becomes one narrow block, an exponential one
// a single wide block, a gap between two modes a block with hardly any rate.
//
// Before there are data, and past the slowest call that was seen, the rate
// falls as 1/age: it prefers no scale. When the newest latencies differ from
// the older ones, by the two-sample test of Kolmogorov and Smirnov, the older
// ones are forgotten.
//
// Ages and rates are float64, in seconds and per second. Nothing here is safe
// for concurrent use, but a Curve never changes.
package hazard
