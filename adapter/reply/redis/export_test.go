package redis

// SilenceForTest is after which time a connection is looked after.
const SilenceForTest = silence
