package template_test

import (
	"maps"
	"testing"
	"time"
)

func TestGlobalsAreMergedLikeSAMDoes(t *testing.T) {
	t.Parallel()
	stack := parsed(t, `
Conditions: {Yes: !Equals [a, a]}
Globals:
  Function:
    Runtime: provided.al2023
    Timeout: 7
    Environment: {Variables: {A: global, B: global, C: !If [Yes, chosen, other]}}
    EventInvokeConfig: {MaximumRetryAttempts: 1, MaximumEventAgeInSeconds: 100}
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Environment: {Variables: {B: own, C: plain, D: own}}
      EventInvokeConfig: {MaximumRetryAttempts: 0}
  G:
    Type: AWS::Serverless::Function
    Properties:
      Timeout: 9
      Environment: !If [Yes, {Variables: {E: own}}, {}]
`)
	f, g := stack.Functions[0], stack.Functions[1]
	if want := map[string]string{"A": "global", "B": "own", "C": "plain", "D": "own"}; !maps.Equal(f.Environment, want) {
		t.Errorf("got %v", f.Environment)
	}
	if f.Timeout != 7*time.Second || g.Timeout != 9*time.Second || f.Retries != 0 || f.MaxAge != 100*time.Second || g.Retries != 1 {
		t.Errorf("got %+v and %+v", f, g)
	}
	if want := map[string]string{"E": "own"}; !maps.Equal(g.Environment, want) { // an intrinsic is not merged
		t.Errorf("got %v", g.Environment)
	}
}

func TestImplicitAPIHasTheGlobalsToo(t *testing.T) {
	t.Parallel()
	stack := parsed(t, `
Globals: {HttpApi: {DefaultRouteSettings: {ThrottlingRateLimit: 3, ThrottlingBurstLimit: 2}}}
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: provided.al2023
      Events: {A: {Type: HttpApi, Properties: {Path: /a, Method: '*'}}, B: {Type: HttpApi}}
Outputs: {U: {Value: !Sub '${ServerlessHttpApi.ApiEndpoint}/'}}
`)
	if len(stack.APIs) != 1 || stack.APIs[0].Throttle.Rate != 3 || len(stack.APIs[0].Routes) != 2 {
		t.Fatalf("got %+v", stack.APIs)
	}
	if stack.APIs[0].Routes[0].Method != "ANY" || stack.Outputs[0].Value != stack.APIs[0].URL+"/" {
		t.Errorf("got %+v, %+v", stack.APIs[0], stack.Outputs)
	}
}
