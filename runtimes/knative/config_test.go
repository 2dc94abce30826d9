package knative_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/runtimes/knative"
)

type env map[string]string

// environ is e in the form of os.Environ.
func (e env) environ() []string {
	var out []string
	for name, value := range e {
		out = append(out, name+"="+value)
	}
	return out
}

const (
	secret = "s3cret-of-sixteen"
	short  = "s3cret"
)

func TestFromEnvDefaults(t *testing.T) {
	t.Parallel()
	c, err := knative.FromEnv(env{}.environ())
	if err != nil {
		t.Fatal(err)
	}
	if c.Role != knative.RoleAll || c.Listen != ":8080" || c.Carrier != knative.CarrierHTTP || c.Server.Drain != 25*time.Second ||
		!c.ReplyKeys.Any() || len(c.Steps)+len(c.Tokens)+len(c.ReplyAllow) != 0 || c.BrokerURL+c.VertexURL+c.ReplyURL != "" {
		t.Errorf("got %+v", c)
	}
}

func TestFromEnvReadsEveryVariable(t *testing.T) {
	t.Parallel()
	c, err := knative.FromEnv(env{
		"HOMING_ROLE": "vertex", "PORT": "9090", "HOMING_CARRIER": "broker", "HOMING_VERTEX_URL": "http://{chain}-{step}.default",
		"HOMING_BROKER_URL": "http://broker/a", "K_SINK": "http://sink", "HOMING_REPLY_URL": "http://10.0.0.1:8080",
		"HOMING_REPLY_ALLOW": " http://a , https://b/c,", "HOMING_REPLY_KEYS": "a=" + secret + ",b=" + secret,
		"HOMING_STEPS": "quote.*, x.y", "HOMING_TOKENS": "shop=" + secret + ", other=a=b-" + secret, "HOMING_DRAIN": "1m",
	}.environ())
	if err != nil {
		t.Fatal(err)
	}
	if c.Role != knative.RoleVertex || c.Listen != ":9090" || c.Carrier != knative.CarrierBroker || c.Server.Drain != time.Minute ||
		c.VertexURL != "http://{chain}-{step}.default" || c.BrokerURL != "http://broker/a" || c.ReplyURL != "http://10.0.0.1:8080" {
		t.Errorf("got %+v", c)
	}
	if !slices.Equal(c.ReplyAllow, []string{"http://a", "https://b/c"}) || !slices.Equal(c.Steps, []string{"quote.*", "x.y"}) ||
		!slices.Equal(c.Tokens, []adapter.Token{{Tenant: "shop", Secret: secret}, {Tenant: "other", Secret: "a=b-" + secret}}) {
		t.Errorf("got the lists %v, %v, %v", c.ReplyAllow, c.Steps, c.Tokens)
	}
}

func TestFromEnvChoosesTheCarrier(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		env     env
		carrier string
		broker  string
	}{
		"none":           {env{}, "http", ""},
		"broker":         {env{"HOMING_BROKER_URL": "http://b"}, "broker", "http://b"},
		"sink":           {env{"K_SINK": "http://s"}, "broker", "http://s"},
		"broker first":   {env{"HOMING_BROKER_URL": "http://b", "K_SINK": "http://s"}, "broker", "http://b"},
		"HTTP in spite":  {env{"K_SINK": "http://s", "HOMING_CARRIER": "http"}, "http", "http://s"},
		"broker by name": {env{"K_SINK": "http://s", "HOMING_CARRIER": "broker"}, "broker", "http://s"},
		// All in one process needs neither.
		"all, broker by name": {env{"HOMING_CARRIER": "broker"}, "broker", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := knative.FromEnv(tt.env.environ())
			if err != nil || c.Carrier != tt.carrier || c.BrokerURL != tt.broker {
				t.Errorf("got %q, %q, %v", c.Carrier, c.BrokerURL, err)
			}
		})
	}
}

func TestFromEnvRefuses(t *testing.T) {
	t.Parallel()
	adapterHTTP := env{"HOMING_ROLE": "adapter", "HOMING_VERTEX_URL": "http://v"}
	for name, tt := range map[string]struct {
		env   env
		names []string // of variables, in the error
	}{
		"role":                  {env{"HOMING_ROLE": "boss"}, []string{"HOMING_ROLE"}},
		"role in capitals":      {env{"HOMING_ROLE": "Adapter"}, []string{"HOMING_ROLE"}},
		"carrier":               {env{"HOMING_CARRIER": "pigeon"}, []string{"HOMING_CARRIER"}},
		"port":                  {env{"PORT": "http"}, []string{"PORT"}},
		"port too high":         {env{"PORT": "65536"}, []string{"PORT"}},
		"budget of nothing":     {env{"HOMING_BODY_BUDGET": "0"}, []string{"HOMING_BODY_BUDGET"}},
		"budget misspelt":       {env{"HOMING_BODY_BUDGET": "1M"}, []string{"HOMING_BODY_BUDGET", "1MiB"}},
		"drain without a unit":  {env{"HOMING_DRAIN": "25"}, []string{"HOMING_DRAIN"}},
		"base path of no path":  {env{"HOMING_BASE_PATH": "shop/"}, []string{"HOMING_BASE_PATH"}},
		"drain zero":            {env{"HOMING_DRAIN": "0s"}, []string{"HOMING_DRAIN"}},
		"drain negative":        {env{"HOMING_DRAIN": "-1s"}, []string{"HOMING_DRAIN"}},
		"keys":                  {env{"HOMING_REPLY_KEYS": secret}, []string{"HOMING_REPLY_KEYS"}},
		"short key":             {env{"HOMING_REPLY_KEYS": "a=" + short}, []string{"HOMING_REPLY_KEYS"}},
		"key without its id":    {env{"HOMING_REPLY_KEYS": "s3cretOfSixteenChars="}, []string{"HOMING_REPLY_KEYS"}},
		"key twice":             {env{"HOMING_REPLY_KEYS": "a=" + secret + ",a=" + secret}, []string{"HOMING_REPLY_KEYS"}},
		"token without tenant":  {env{"HOMING_TOKENS": secret}, []string{"HOMING_TOKENS"}},
		"token of nobody":       {env{"HOMING_TOKENS": "=" + secret}, []string{"HOMING_TOKENS"}},
		"short token":           {env{"HOMING_TOKENS": "shop=" + short}, []string{"HOMING_TOKENS"}},
		"token, second entry":   {env{"HOMING_TOKENS": "shop=" + secret + "," + secret}, []string{"HOMING_TOKENS", "entry 2"}},
		"token, padded secret":  {env{"HOMING_TOKENS": "s3cretOfSixteenChars="}, []string{"HOMING_TOKENS"}},
		"tokens that are none":  {env{"HOMING_TOKENS": ","}, []string{"HOMING_TOKENS"}},
		"tokens of white space": {env{"HOMING_TOKENS": " "}, []string{"HOMING_TOKENS"}},
		"adapter, no vertex":    {env{"HOMING_ROLE": "adapter"}, []string{"HOMING_VERTEX_URL"}},
		"adapter, no broker": {
			env{"HOMING_ROLE": "adapter", "HOMING_CARRIER": "broker", "HOMING_REPLY_URL": "http://a"}, []string{"HOMING_BROKER_URL", "K_SINK"},
		},
		"adapter, no reply URL": {env{"HOMING_ROLE": "adapter", "K_SINK": "http://s"}, []string{"HOMING_REPLY_URL"}},
		"vertex, no broker": {
			env{"HOMING_ROLE": "vertex", "HOMING_CARRIER": "broker", "HOMING_REPLY_ALLOW": "http://a"}, []string{"HOMING_BROKER_URL"},
		},
		"vertex, no allow-list":  {env{"HOMING_ROLE": "vertex", "K_SINK": "http://s"}, []string{"HOMING_REPLY_ALLOW"}},
		"vertex URL, relative":   {with(adapterHTTP, "HOMING_VERTEX_URL", "/{chain}"), []string{"HOMING_VERTEX_URL"}},
		"vertex URL, no scheme":  {with(adapterHTTP, "HOMING_VERTEX_URL", "{chain}.default:8080"), []string{"HOMING_VERTEX_URL"}},
		"vertex URL, unknown {}": {with(adapterHTTP, "HOMING_VERTEX_URL", "http://{tenant}.default"), []string{"HOMING_VERTEX_URL"}},
		"broker URL, scheme":     {env{"HOMING_BROKER_URL": "kafka://user:" + secret + "@b"}, []string{"HOMING_BROKER_URL"}},
		"reply URL, no host":     {env{"HOMING_REPLY_URL": "http://"}, []string{"HOMING_REPLY_URL"}},
		"all at once": {
			env{
				"HOMING_ROLE": "boss", "HOMING_CARRIER": "pigeon", "HOMING_DRAIN": "soon", "HOMING_TOKENS": "x", "HOMING_REPLY_KEYS": "x", "PORT": "x",
			},
			[]string{"HOMING_ROLE", "HOMING_CARRIER", "HOMING_DRAIN", "HOMING_TOKENS", "HOMING_REPLY_KEYS", "PORT"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := knative.FromEnv(tt.env.environ())
			if err == nil {
				t.Fatal("it was taken")
			}
			for _, variable := range tt.names {
				if !strings.Contains(err.Error(), variable) {
					t.Errorf("%q does not name %s", err, variable)
				}
			}
			if strings.Contains(err.Error(), "s3cret") {
				t.Errorf("%q tells a secret", err)
			}
		})
	}
}

func TestFromEnvTakes(t *testing.T) {
	t.Parallel()
	for name, e := range map[string]env{
		"split":           {"HOMING_ROLE": "adapter", "HOMING_VERTEX_URL": "http://{chain}-{step}.default.svc.cluster.local"},
		"vertex":          {"HOMING_ROLE": "adapter", "HOMING_VERTEX_URL": "https://vertex:8443/{chain}"},
		"adapter, broker": {"HOMING_ROLE": "adapter", "K_SINK": "http://s", "HOMING_REPLY_URL": "http://[::1]:8080"},
		"vertex, HTTP":    {"HOMING_ROLE": "vertex"},
		"vertex, broker":  {"HOMING_ROLE": "vertex", "K_SINK": "http://s", "HOMING_REPLY_ALLOW": "http://10.42.*:8080"},
		"any port":        {"PORT": "0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := knative.FromEnv(e.environ()); err != nil {
				t.Error(err)
			}
		})
	}
}

func with(e env, name, value string) env {
	out := maps.Clone(e)
	out[name] = value
	return out
}
