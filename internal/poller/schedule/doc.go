// Package schedule decides when and how a poller reads the reply store. It has
// no goroutine, no clock and no store of its own: a [Scheduler] learns what
// happened and when, and returns the reads that are due. So the poller and the
// simulator run the same code.
//
// A read is a scan of the mailbox, which all calls that wait share, or a get of
// one call by its key. With the price c_w of a second of one caller's waiting
// and the price c_r of a read, both in read units, and L(t) the rate at which
// replies come that nobody has collected, the total of both is least when reads
// have the density
//
//	n(t) = sqrt(L(t)·c_w / (2·c_r))
//
// that is, the next read is due when the integral of n since the last one
// reaches 1 (Keller 1974, Optimum checking schedules for systems subject to
// random failure, Management Science 21; Barlow, Hunter and Proschan 1963,
// Optimum checking procedures, J. SIAM 11). That holds as long as L hardly
// changes from one read to the next. Where it does change, as it does for a
// single call or a latency that is nearly constant, the same total is
// minimised over a grid of times by dynamic programming; for a smooth L both
// lead to the same (package tests show it).
//
// Times are durations since any one moment, by a monotonic clock; inside they
// are float64 seconds.
package schedule
