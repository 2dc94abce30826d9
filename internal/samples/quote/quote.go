package quote

import (
	"embed"
	"fmt"
	"io/fs"

	"github.com/homing-dev/homing/functions"
)

//go:embed data/*.json
var embedded embed.FS

// Functions are the steps of the chain, in the order in which they run. They
// share tables that nobody changes, so all three may be called by many
// goroutines at once.
type Functions struct {
	// Validate reads an [Order] and returns it in its plain form, or a 422
	// error that lists every problem with its JSON Pointer.
	Validate functions.Function
	// Enrich turns an [Order] into an [Enriched] order.
	Enrich functions.Function
	// Price turns an [Enriched] order into a [Quote].
	Price functions.Function
}

// New creates the functions over the tables that come with this package. Its
// error reports what is wrong with them.
func New() (Functions, error) {
	data, err := fs.Sub(embedded, "data")
	if err != nil {
		return Functions{}, fmt.Errorf("open the embedded tables: %w", err)
	}
	return Load(data)
}

// Load creates the functions over a shop's own tables: the files catalogue.json,
// currencies.json, countries.json and vouchers.json at the root of fsys, of
// the same form as those in this package's folder data. They are read once.
// The error lists what is wrong with them.
func Load(fsys fs.FS) (Functions, error) {
	t, err := load(fsys)
	if err != nil {
		return Functions{}, err
	}
	return Functions{
		Validate: functions.Typed(t.validate),
		Enrich:   functions.Typed(t.enrich),
		Price:    functions.Typed(price),
	}, nil
}
