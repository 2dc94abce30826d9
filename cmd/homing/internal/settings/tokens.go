package settings

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"strings"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/cmd/homing/internal/exit"
)

// Tokens reads the tokens of both their places. list holds tenant=secret with
// commas in between, so a secret with a comma needs the file. The file at path
// holds one tenant=secret a line; empty lines and those that begin with # are
// passed over. Both may be "".
//
// Errors name places and never what stands there.
func Tokens(list, path string) ([]adapter.Token, error) {
	var tokens []adapter.Token
	if list != "" {
		for i, item := range strings.Split(list, ",") {
			token, err := parseToken(item, fmt.Sprintf("--tokens: item %d", i+1))
			if err != nil {
				return nil, err
			}
			tokens = append(tokens, token)
		}
	}
	if path == "" {
		return tokens, nil
	}
	data, err := os.ReadFile(path) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, exit.Usagef("read the tokens: %w", err).Then("--tokens-file names a file with a line tenant=secret for each token")
	}
	lines := bufio.NewScanner(bytes.NewReader(data))
	for number := 1; lines.Scan(); number++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		token, err := parseToken(line, fmt.Sprintf("%s:%d", path, number))
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, token)
	}
	if lines.Err() != nil || len(tokens) == 0 {
		return nil, exit.Usagef("%s: there is no token in the file", path).Then("write a line tenant=secret for each token")
	}
	return tokens, nil
}

func parseToken(text, place string) (adapter.Token, error) {
	tenant, secret, ok := strings.Cut(strings.TrimSpace(text), "=")
	tenant, secret = strings.TrimSpace(tenant), strings.TrimSpace(secret)
	if !ok || tenant == "" || secret == "" {
		return adapter.Token{}, exit.Usagef("%s is not tenant=secret", place)
	}
	return adapter.Token{Tenant: tenant, Secret: secret}, nil
}
