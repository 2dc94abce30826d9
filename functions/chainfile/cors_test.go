package chainfile_test

import (
	"testing"
	"time"

	"github.com/homing-dev/homing/functions/chainfile"
)

func TestCORSIsRead(t *testing.T) {
	t.Parallel()
	chains, err := chainfile.Parse("chain.yaml", []byte(withField(
		`cors: {origins: ["https://shop.example", "http://localhost:5173", "http://[::1]:81"], credentials: true, maxAge: 10m}`)), known())
	if err != nil {
		t.Fatal(err)
	}
	if c := chains[0].CORS; len(c.Origins) != 3 || !c.Credentials || c.MaxAge != 10*time.Minute || !c.Allows("http://[::1]:81") || c.Allows("https://x") {
		t.Errorf("got %+v", c)
	}
}

func TestCORSIsStrict(t *testing.T) {
	t.Parallel()
	const at = "chain.yaml:5:22: chains[0].cors.origins[0]: "
	const none = " is not an origin: scheme://host in small letters, a port only if it is not the scheme's own, nothing behind it"
	refuse(t, map[string]refused{
		"a text":            {withField("cors: '*'"), `chain.yaml:5:11: chains[0].cors: expected a mapping with origins, credentials, maxAge, found the text "*"`},
		"no origins":        {withField("cors: {credentials: true}"), `chain.yaml:5:11: chains[0].cors: the field "origins" is missing`},
		"empty":             {withField("cors: {origins: []}"), `chain.yaml:5:21: chains[0].cors.origins: the list of origins is empty`},
		"misspelt":          {withField("cors: {origin: [a]}"), "chain.yaml:5:11: chains[0].cors: the field \"origins\" is missing\nchain.yaml:5:12: chains[0].cors: unknown field \"origin\"; did you mean \"origins\"?"},
		"path":              {withField("cors: {origins: [https://shop.example/]}"), at + `"https://shop.example/"` + none + `; did you mean "https://shop.example"?`},
		"capitals and port": {withField("cors: {origins: ['HTTPS://Shop.Example:443']}"), at + `"HTTPS://Shop.Example:443"` + none + `; did you mean "https://shop.example"?`},
		"host alone":        {withField("cors: {origins: [shop.example]}"), at + `"shop.example"` + none + `; did you mean "https://shop.example"?`},
		"wildcard":          {withField("cors: {origins: ['https://*.shop.example']}"), at + `"https://*.shop.example"` + none},
		"null":              {withField("cors: {origins: ['null']}"), at + `"null" is the origin of every page without one, a file or a sandboxed frame; name origins, or allow *`},
		"user":              {withField("cors: {origins: ['https://a@shop.example']}"), at + `"https://a@shop.example"` + none},
		"all with credentials": {
			withField("cors: {origins: ['*'], credentials: true}"),
			`chain.yaml:5:41: chains[0].cors.credentials: credentials do not go with the origin *: any page could call as its visitor; name the origins`,
		},
		"age": {withField("cors: {origins: ['*'], maxAge: 10}"), `chain.yaml:5:36: chains[0].cors.maxAge: the duration "10" has no unit; did you mean "10s"?`},
	})
}
