package lambda_test

import (
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/adapter/carrier/lambda"
	"github.com/homing-dev/homing/functions"
)

func parse(t *testing.T, s string) lambda.Vertices {
	t.Helper()
	v, err := lambda.ParseVertices(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestARequestGoesToTheFunctionOfItsFirstStep(t *testing.T) {
	t.Parallel()
	s := &service{}
	c, err := lambda.NewAsyncCarrier(lambda.New(s), parse(t, "letters.b=second,letters.*=first"), letters())
	if err != nil {
		t.Fatal(err)
	}
	in := request()
	in.SetExtension(functions.AttrReplyToken, "of another carrier")
	if out, err := c.Carry(t.Context(), in, nil); err != nil || !out.Accepted || out.Event != nil {
		t.Fatal(err)
	}
	got := read(t, s.calls[0].Payload)
	if *s.calls[0].FunctionName != "first" || carrier.SlipOf(got) != "letters.a,letters.b," ||
		functions.Attribute(got, functions.AttrReplyTo) != lambda.ReplyToStore || functions.Attribute(got, functions.AttrReplyToken) != "" {
		t.Errorf("sent %s", s.calls[0].Payload)
	}
	if carrier.SlipOf(in) != "" {
		t.Error("the event of the caller was changed")
	}
}

func TestARequestThatIsRefusedIsNotAccepted(t *testing.T) {
	t.Parallel()
	c, err := lambda.NewAsyncCarrier(lambda.New(fails(&types.ResourceNotFoundException{})), parse(t, "*=f"), letters())
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Carry(t.Context(), request(), nil)
	problem(t, err, http.StatusBadGateway)
}

func TestAChainThatNobodyRunsHasNoCarrier(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		vertices string
		chain    functions.Chain
	}{
		"none": {"", letters()}, "another": {"other.*=f,letters.b=f", letters()}, "no steps": {"*=f", functions.Chain{Name: "x"}},
	} {
		if _, err := lambda.NewAsyncCarrier(lambda.New(&service{}), parse(t, tt.vertices), tt.chain); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
