package sam_test

import (
	"maps"
	"strconv"
	"strings"
	"testing"
	"time"
)

func number(t *testing.T, v any) int {
	t.Helper()
	text, _ := v.(string)
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%v is no number", v)
	}
	return n
}

// With 100 calls in a second that were held for 10 s, adapters alone filled an account
// of 1,000, and none of the functions that they waited for could run.
func TestAdaptersThatWaitLeaveRoomForWhoWorks(t *testing.T) {
	t.Parallel()
	for _, timeout := range []time.Duration{time.Second, 10 * time.Second, 25 * time.Second, 5 * time.Minute} {
		c := chainOf("a", "x")
		c.Timeout = timeout
		held := min(timeout, 28*time.Second).Seconds()
		for _, quota := range []int{50, 100, 500, 1000, 5000, 10_000} {
			s := deploy(t, map[string]string{"AccountConcurrency": strconv.Itoa(quota)}, c)
			settings := s.at("Resources", "Api", "Properties", "DefaultRouteSettings")
			rate, burst := number(t, settings["ThrottlingRateLimit"]), number(t, settings["ThrottlingBurstLimit"])
			if waiting := float64(burst) + float64(rate)*held; waiting > float64(quota)/2+held || rate < 1 || burst < 1 {
				t.Errorf("%d calls at once and %d in a second of %g s each are %g adapters of %d", burst, rate, held, waiting, quota)
			}
		}
	}
	if s := deploy(t, nil, chainOf("a", "x")); s.params["AccountConcurrency"] != "1000" {
		t.Errorf("the account has %s by default", s.params["AccountConcurrency"])
	}
}

func TestWhatIsReserved(t *testing.T) {
	t.Parallel()
	reserved := func(params map[string]string) map[string]string {
		all, out := shape("split"), map[string]string{}
		maps.Copy(all, params)
		for id, f := range deploy(t, all, chainOf("a", "x")).functions() {
			if n, ok := f.at("Properties")["ReservedConcurrentExecutions"].(string); ok {
				out[id] = n
			}
		}
		return out
	}
	if got := reserved(nil); !maps.Equal(got, map[string]string{"Streaming": "100"}) {
		t.Errorf("by default %v, though a new account can reserve nothing", got)
	}
	got := reserved(map[string]string{"AdapterConcurrency": "200", "StepConcurrency": "50", "StreamConcurrency": "0"})
	if !maps.Equal(got, map[string]string{"Adapter": "200", "AX": "50"}) {
		t.Errorf("got %v", got)
	}
	s := deploy(t, map[string]string{"ThrottleRate": "7", "ThrottleBurst": "9"}, chainOf("a", "x"))
	if settings := s.at("Resources", "Api", "Properties", "DefaultRouteSettings"); settings["ThrottlingRateLimit"] != "7" || settings["ThrottlingBurstLimit"] != "9" {
		t.Errorf("got %v", settings)
	}
}

// What is off is not there.
func TestWhatParametersAdd(t *testing.T) {
	t.Parallel()
	plain := deploy(t, nil, chainOf("a", "x"))
	for _, id := range []string{"Domain", "DomainMapping", "DomainRecord", "Web", "Network"} {
		if _, there := plain.at("Resources")[id]; there {
			t.Errorf("%s is there by default", id)
		}
	}
	s := deploy(t, map[string]string{
		"DomainName": "api.example.com", "DomainCertificate": "arn:aws:acm:eu-west-1:123456789012:certificate/x", "HostedZone": "Z1", "BasePath": "/shop",
		"WebAcl": "arn:aws:wafv2:us-east-1:123456789012:global/webacl/x/y", "Subnets": "subnet-1", "SecurityGroups": "sg-1",
		"PermissionsBoundary": "arn:aws:iam::123456789012:policy/x", "LogLevel": "warn", "LogFormat": "text", "Tracing": "PassThrough",
	}, chainOf("a", "x"))
	for _, id := range []string{"Domain", "DomainMapping", "DomainRecord", "Web", "Network"} {
		if _, there := s.at("Resources")[id]; !there {
			t.Errorf("%s is missing", id)
		}
	}
	if _, there := s.at("Resources")["Traces"]; there {
		t.Error("without traces functions may write them")
	}
	for id, f := range s.functions() {
		p := f.at("Properties")
		env := s.environment(id)
		if p["Tracing"] != "PassThrough" || p.at("LoggingConfig")["LogFormat"] != "Text" || env["HOMING_LOG_LEVEL"] != "warn" || env["HOMING_LOG_FORMAT"] != "text" ||
			p.at("VpcConfig")["SubnetIds"] != "subnet-1" {
			t.Errorf("%s has %v", id, p)
		}
		role := s.at("Resources", id+"Role", "Properties")
		if role["PermissionsBoundary"] != "arn:aws:iam::123456789012:policy/x" || len(texts(role["ManagedPolicyArns"])) != 1 {
			t.Errorf("the role of %s has %v", id, role)
		}
	}
	// The key of a mapping is a path without its first slash.
	if key := get(get(get(get(document(t, chainOf("a", "x")), "Resources"), "DomainMapping"), "Properties"), "ApiMappingKey"); key.Tag != "!Select" ||
		key.Content[0].Value != "1" || key.Content[1].Content[0].Value != "|/" || key.Content[1].Content[1].Value != "|${BasePath}|/" {
		t.Errorf("got %+v", key)
	}
	for path, want := range map[string]string{"": "", "/": "", "/shop": "shop", "/shop/eu": "shop/eu"} {
		if got := strings.Split("|"+path+"|/", "|/")[1]; got != want {
			t.Errorf("%q is mapped as %q", path, got)
		}
	}
}
