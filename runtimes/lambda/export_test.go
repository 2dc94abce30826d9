package lambda

// Principal is for tests of who an ARN names.
var Principal = principal
