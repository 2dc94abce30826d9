package sam

// The operations of DynamoDB that each role needs. A test finds them in the
// code of the reply store, from the methods that the role calls.

// adapterOperations are for the whole of the store: what waits is registered,
// looked for, claimed, cancelled, and completed when it failed on its way.
func adapterOperations() []string {
	return []string{"GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "BatchWriteItem"}
}

// vertexOperations are for completing a request, and for the data that is kept beside
// its events.
func vertexOperations() []string {
	return []string{"GetItem", "UpdateItem", "Query", "BatchWriteItem"}
}

// failureOperations are for completing a request.
func failureOperations() []string { return []string{"GetItem", "UpdateItem", "BatchWriteItem"} }

// bodyOperations are those of S3 for data that is kept in a bucket.
func bodyOperations() []string { return []string{"PutObject", "GetObject", "DeleteObject"} }
