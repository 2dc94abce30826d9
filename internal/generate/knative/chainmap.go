package knative

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// maxChain is a chain.yaml that `kubectl apply` can write twice into an object: the
// second time into an annotation, of which all together have 256 KiB.
const maxChain = 200 << 10

// chainMap is the ConfigMap that has chain.yaml. Its name has a sum of the text, so
// that another text is another revision of every Service.
type chainMap struct {
	Options

	MapName string // "" if there is none
}

func (o Options) chainMap() (chainMap, error) {
	if o.Chain == "" {
		return chainMap{Options: o}, nil
	}
	if len(o.Chain) > maxChain {
		return chainMap{}, fmt.Errorf("chain.yaml has %d bytes, and a ConfigMap that kubectl applies takes %d: build an image that has it",
			len(o.Chain), maxChain)
	}
	sum := sha256.Sum256([]byte(o.Chain))
	const digits = 10
	return chainMap{o, o.App + "-chain-" + hex.EncodeToString(sum[:])[:digits]}, nil
}

// block writes a text as a block of YAML below a key that is indented by two, so that
// it can be read; one that would not be the same then in double quotes.
func block(text string) string {
	const margin = "    "
	var b strings.Builder
	b.WriteString("|")
	if !strings.HasSuffix(text, "\n") {
		b.WriteString("-")
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		if b.WriteByte('\n'); line != "" {
			b.WriteString(margin + line)
		}
	}
	var read map[string]string
	if err := yaml.Unmarshal([]byte("  text: "+b.String()+"\n"), &read); err != nil || read["text"] != text {
		return strconv.QuoteToASCII(text)
	}
	return b.String()
}

// customization is the kustomization.yaml of a shape.
type customization struct {
	Options

	Resources []string
	Parent    string
}

// kustomized adds the file that lists the others.
func kustomized(o Options, pages []page) []page {
	c := customization{Options: o}
	for _, p := range pages {
		c.Resources = append(c.Resources, p.name)
	}
	if o.Additions != "" {
		c.Parent = path.Join("..", o.Additions)
	}
	return append(pages, newPage("kustomization.yaml", c))
}
