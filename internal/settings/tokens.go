package settings

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/homing-dev/homing/adapter"
)

// readTokens reads a file with one tenant=secret a line; empty lines and those
// that begin with # are passed over. A secret may have a comma here. Errors name
// lines and never what stands there.
func readTokens(path string) ([]adapter.Token, error) {
	data, err := os.ReadFile(path) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, fmt.Errorf("%w; it is a file with a line tenant=secret for each token", err)
	}
	var tokens []adapter.Token
	lines := bufio.NewScanner(bytes.NewReader(data))
	for number := 1; lines.Scan(); number++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		tenant, secret, ok := strings.Cut(line, "=")
		token := adapter.Token{Tenant: strings.TrimSpace(tenant), Secret: strings.TrimSpace(secret)}
		if !ok || token.Tenant == "" || len(token.Secret) < adapter.MinTokenLength {
			return nil, fmt.Errorf("%s:%d is not tenant=secret with a secret of at least %d characters", path, number, adapter.MinTokenLength)
		}
		tokens = append(tokens, token)
	}
	if lines.Err() != nil || len(tokens) == 0 {
		return nil, errors.New("there is no token in the file; write a line tenant=secret for each")
	}
	return tokens, nil
}
