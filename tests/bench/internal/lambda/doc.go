// Package lambda measures functions under the emulated Lambda service of
// internal/emulator/invoke: from the start of a process to its first answer,
// and call by call once it runs.
//
// Every function is a program of its own, built as one is that is deployed. The
// emulator's part of a call (the Runtime API over loopback, and waiting until
// the process asks for its next call) is in every figure, of Homing and of its
// peer alike. Processes are not stopped between calls.
package lambda
