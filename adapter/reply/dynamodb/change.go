package dynamodb

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// change is a conditional write of one item. In expressions an attribute is
// written as #name and a value as :name; DynamoDB wants just those declared
// that are used.
type change struct {
	key     item
	set     []string
	remove  []string
	add     []string
	when    string
	values  item
	returns types.ReturnValue
}

func newChange(key item, when string) *change {
	return &change{key: key, when: when, values: item{}}
}

// value declares a value of the condition.
func (c *change) value(name string, v types.AttributeValue) *change {
	c.values[":"+name] = v
	return c
}

// put sets an attribute.
func (c *change) put(attr string, v types.AttributeValue) *change {
	c.set = append(c.set, "#"+attr+" = :"+attr)
	return c.value(attr, v)
}

// keep sets an attribute if the item has none.
func (c *change) keep(attr string, v types.AttributeValue) *change {
	c.set = append(c.set, "#"+attr+" = if_not_exists(#"+attr+", :"+attr+")")
	return c.value(attr, v)
}

// drop removes an attribute.
func (c *change) drop(attr string) *change {
	c.remove = append(c.remove, "#"+attr)
	return c
}

// insert adds a text to a set of texts.
func (c *change) insert(attr, element string) *change {
	c.add = append(c.add, "#"+attr+" :"+attr)
	return c.value(attr, &types.AttributeValueMemberSS{Value: []string{element}})
}

func (c *change) expression() string {
	var clauses []string
	for _, clause := range []struct {
		word  string
		parts []string
	}{{"SET ", c.set}, {"REMOVE ", c.remove}, {"ADD ", c.add}} {
		if len(clause.parts) > 0 {
			clauses = append(clauses, clause.word+strings.Join(clause.parts, ", "))
		}
	}
	return strings.Join(clauses, " ")
}

// update writes a change and returns what the change asks for.
func (o *operation) update(ctx context.Context, c *change) (item, error) {
	expression := c.expression()
	in := &dynamodb.UpdateItemInput{
		TableName:                 &o.s.opts.Table,
		Key:                       c.key,
		UpdateExpression:          &expression,
		ConditionExpression:       &c.when,
		ExpressionAttributeNames:  namesIn(expression, c.when),
		ExpressionAttributeValues: c.values,
		ReturnValues:              c.returns,
	}
	var returned item
	err := o.write(ctx, func(ctx context.Context) error {
		out, err := o.s.opts.Client.UpdateItem(ctx, in, own)
		if err == nil {
			returned = out.Attributes
		}
		return err
	})
	return returned, err
}

// deleteItem deletes the item of a change, if its condition holds.
func (o *operation) deleteItem(ctx context.Context, c *change) error {
	in := &dynamodb.DeleteItemInput{
		TableName:                 &o.s.opts.Table,
		Key:                       c.key,
		ConditionExpression:       &c.when,
		ExpressionAttributeNames:  namesIn(c.when),
		ExpressionAttributeValues: c.values,
	}
	return o.write(ctx, func(ctx context.Context) error {
		_, err := o.s.opts.Client.DeleteItem(ctx, in, own)
		return err
	})
}

// putItem replaces an item, if the condition holds.
func (o *operation) putItem(ctx context.Context, it item, when string, values item) error {
	in := &dynamodb.PutItemInput{
		TableName:                &o.s.opts.Table,
		Item:                     it,
		ConditionExpression:      &when,
		ExpressionAttributeNames: namesIn(when),
	}
	if len(values) > 0 {
		in.ExpressionAttributeValues = values
	}
	return o.write(ctx, func(ctx context.Context) error {
		_, err := o.s.opts.Client.PutItem(ctx, in, own)
		return err
	})
}

// namesIn declares the attributes that expressions name.
func namesIn(expressions ...string) map[string]string {
	names := map[string]string{}
	for _, expression := range expressions {
		_, rest, found := strings.Cut(expression, "#")
		for found {
			end := strings.IndexFunc(rest, func(r rune) bool { return r < 'a' || r > 'z' })
			if end < 0 {
				end = len(rest)
			}
			names["#"+rest[:end]] = rest[:end]
			_, rest, found = strings.Cut(rest[end:], "#")
		}
	}
	return names
}
