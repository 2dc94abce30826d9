package thumbnail_test

import (
	"bytes"
	"context"
	"fmt"
	"image/jpeg"
	"os"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/samples/thumbnail"
)

func ExampleNew() {
	steps := thumbnail.New(thumbnail.Limits{Pixels: 12_000_000})
	chain := functions.Chain{
		Name: "thumbnail", Method: "POST", Path: "/thumbnail",
		Headers: []string{"Accept"},
		Steps: []functions.Step{
			{Name: "inspect", Function: steps.Inspect},
			{Name: "resize", Function: steps.Resize, Policy: functions.Policy{Concurrency: functions.Concurrency{Max: 4}}},
			{Name: "encode", Function: steps.Encode},
		},
	}

	// What the adapter makes of: curl --data-binary @photo.jpg '…/thumbnail?h=400'
	photo, err := os.ReadFile("../../../testdata/photo.jpg")
	if err != nil {
		fmt.Println(err)
		return
	}
	ev := event.New()
	ev.SetExtension(functions.AttrHTTPQuery, "h=400")
	ev.DataEncoded = photo

	for _, step := range chain.Steps {
		out, err := step.Function(context.Background(), ev)
		if err != nil {
			fmt.Println(step.Name, err)
			return
		}
		ev = *out
	}
	config, err := jpeg.DecodeConfig(bytes.NewReader(ev.Data()))
	fmt.Println(ev.DataContentType(), config.Width, config.Height, err)
	// Output: image/jpeg 300 400 <nil>
}
