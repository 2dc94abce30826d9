// Package quotas has the tests of several adapters that share quotas by a real server:
// Redis, Valkey, and dynalite, which speaks the protocol of DynamoDB.
package quotas
