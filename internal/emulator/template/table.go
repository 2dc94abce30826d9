package template

import "go.yaml.in/yaml/v3"

// table reads an AWS::DynamoDB::Table.
func (b *builder) table(r resource) {
	properties := r.properties()
	b.only(properties, "TableName AttributeDefinitions KeySchema GlobalSecondaryIndexes LocalSecondaryIndexes TimeToLiveSpecification",
		"BillingMode ProvisionedThroughput OnDemandThroughput SSESpecification PointInTimeRecoverySpecification DeletionProtectionEnabled "+
			"TableClass Tags ContributorInsightsSpecification WarmThroughput ResourcePolicy", "KinesisStreamSpecification StreamSpecification")
	t := b.newTable(r)
	for _, a := range b.list(properties, "AttributeDefinitions") {
		t.Attributes[b.text(a, "AttributeName", "")] = b.choice(a, "AttributeType", "S", "S", "N", "B")
	}
	t.Key = b.key(properties)
	keys := []Key{t.Key}
	for _, kind := range []string{"GlobalSecondaryIndexes", "LocalSecondaryIndexes"} {
		for _, v := range b.list(properties, kind) {
			index := b.index(v, kind == "LocalSecondaryIndexes")
			t.Indexes, keys = append(t.Indexes, index), append(keys, index.Key)
		}
	}
	ttl := b.object(properties, "TimeToLiveSpecification")
	if ttl.there() && b.boolean(ttl, "Enabled", false) {
		t.TTL = b.text(ttl, "AttributeName", "")
	}
	for _, key := range keys {
		for _, name := range []string{key.Hash, key.Range} {
			if _, ok := t.Attributes[name]; !ok && name != "" {
				b.invalid(properties.raw("AttributeDefinitions"), "the attribute %q of a key is not defined", name)
			}
		}
	}
	b.stack.Tables = append(b.stack.Tables, t)
}

func (b *builder) newTable(r resource) Table {
	name, arn := b.identity(r)
	return Table{ID: r.id, Name: name, ARN: arn, Attributes: map[string]string{}}
}

// simpleTable reads an AWS::Serverless::SimpleTable.
func (b *builder) simpleTable(r resource) {
	properties := b.e.withGlobals("SimpleTable", r.properties())
	b.only(properties, "TableName PrimaryKey", "ProvisionedThroughput SSESpecification PointInTimeRecoverySpecification Tags", "")
	t := b.newTable(r)
	primary := b.object(properties, "PrimaryKey")
	t.Key.Hash = b.text(primary, "Name", "id")
	kind := b.choice(primary, "Type", "String", "String", "Number", "Binary")
	t.Attributes[t.Key.Hash] = kind[:1]
	b.stack.Tables = append(b.stack.Tables, t)
}

// key reads a KeySchema.
func (b *builder) key(v value) Key {
	var key Key
	for _, element := range b.list(v, "KeySchema") {
		name := b.text(element, "AttributeName", "")
		switch b.choice(element, "KeyType", "", "HASH", "RANGE") {
		case "HASH":
			key.Hash = name
		case "RANGE":
			key.Range = name
		}
	}
	if key.Hash == "" {
		b.invalid(v, "the KeySchema names no HASH attribute")
	}
	return key
}

func (b *builder) index(v value, local bool) Index {
	b.only(v, "IndexName KeySchema Projection", "ProvisionedThroughput OnDemandThroughput ContributorInsightsSpecification WarmThroughput", "")
	projection := b.object(v, "Projection")
	index := Index{
		Name: b.text(v, "IndexName", ""), Key: b.key(v), Local: local,
		Projection: b.choice(projection, "ProjectionType", "ALL", "ALL", "KEYS_ONLY", "INCLUDE"),
	}
	if projection.raw("NonKeyAttributes").is(yaml.SequenceNode) {
		index.NonKey = b.texts(projection, "NonKeyAttributes")
	}
	if index.Name == "" {
		b.invalid(v, "the index has no IndexName")
	}
	return index
}
