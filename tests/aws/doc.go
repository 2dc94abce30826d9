// Package aws holds the tests of the AWS deployment from end to end: the real
// template in all three shapes, its functions as processes that Lambda's
// emulator starts, stops and kills, replies in dynalite, and the Runtime
// Interface Emulator of AWS itself. What must hold is in the names of the
// files: a call gets the same reply in every shape, and whatever crashes, runs
// out of memory or time, is delivered twice, or cannot reach the store, the
// caller gets one honest answer before the API gives up.
//
// Faults come from outside, or from the functions of the program in the folder
// faulty, which is a bootstrap like the real one with chains that misbehave on
// request. Nothing here has run on AWS.
package aws
