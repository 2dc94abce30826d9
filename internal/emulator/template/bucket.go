package template

// Bucket is an AWS::S3::Bucket.
type Bucket struct{ ID, Name, ARN string }

// bucket reads an AWS::S3::Bucket. Nothing is swept on this machine: objects are gone
// when it ends.
func (b *builder) bucket(r resource) {
	b.only(r.properties(), "BucketName", "BucketEncryption OwnershipControls PublicAccessBlockConfiguration LifecycleConfiguration Tags "+
		"VersioningConfiguration LoggingConfiguration", "CorsConfiguration NotificationConfiguration WebsiteConfiguration "+
		"ReplicationConfiguration ObjectLockEnabled")
	name, arn := b.identity(r)
	b.stack.Buckets = append(b.stack.Buckets, Bucket{r.id, name, arn})
}
