package settings_test

import (
	"strings"
	"testing"

	"github.com/homing-dev/homing/internal/settings"
)

const callbackKey = "HOMING_CALLBACK_KEYS=whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

func TestCallbacksAreSetInEveryRoleOfEveryRuntime(t *testing.T) {
	t.Parallel()
	for _, r := range runtimes() {
		for _, role := range r.Roles() {
			c, _ := load(r, "HOMING_ROLE="+role, "HOMING_CALLBACKS=hooks.example.com", callbackKey, "HOMING_CALLBACK_ORIGIN=Homing.Example.") // others may be missing
			if !c.Callbacks.Allowed.Any() || !c.Callbacks.Keys.Any() || c.Callbacks.Origin != "homing.example" || len(c.Ignored) > 0 && r != settings.Local {
				t.Errorf("%s, %s: %+v, %v", r, role, c.Callbacks, c.Ignored)
			}
		}
		if c, err := load(r); err != nil || c.Callbacks.Allowed.Any() || c.Callbacks.Origin != "homing" {
			t.Errorf("%s without settings: %v", r, err)
		}
	}
}

func TestCallbacksThatAreNotSignedOrMalformedAreRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		environ []string
		want    string
	}{
		{[]string{"HOMING_CALLBACKS=hooks.example.com"}, `HOMING_CALLBACK_KEYS is missing`},
		{[]string{"HOMING_CALLBACKS=hooks.example.com"}, "openssl rand -base64 32"},
		{[]string{"HOMING_CALLBACKS=htps://hooks.example.com", callbackKey}, `did you mean "https"?`},
		{[]string{"HOMING_CALLBACKS=*", callbackKey}, "name the hosts"},
		{[]string{"HOMING_CALLBACK_KEYS=hunter2hunter2"}, "HOMING_CALLBACK_KEYS: must be whsec_"},
		{[]string{"HOMING_CALLBACK_ORIGIN=https://homing.example"}, "did you mean homing.example?"},
		{[]string{"HOMING_CALLBACK_ORIGIN=a.test,b.test"}, "must be one name"},
		{[]string{"HOMING_CALLBACK_ORIGIN=*"}, "must be one name"},
		{[]string{"HOMING_CALLBACK_ORIGIN=hö.test"}, "must be one name"},
		{[]string{"HOMING_CALLBACK=hooks.example.com"}, "did you mean HOMING_CALLBACKS?"},
	} {
		_, err := load(settings.Container, tt.environ...)
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v", tt.environ, err)
		}
	}
}
