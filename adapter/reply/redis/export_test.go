package redis

// BlockForTest is how long a read waits.
const BlockForTest = block
