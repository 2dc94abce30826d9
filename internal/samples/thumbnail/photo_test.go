package thumbnail_test

import (
	"bytes"
	"flag"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// update is for: go test -run SamplePhotoIs -update.
var update = flag.Bool("update", false, "write testdata/photo.jpg anew")

const photoFile = "photo.jpg"

// The scene is higher than wide; the camera was held upright, so that the
// sensor saw it lying on its side.
const (
	sceneWidth  = 1200
	sceneHeight = 1600
	horizon     = 980
)

func TestSamplePhotoIsAsTheReadmeSays(t *testing.T) {
	t.Parallel()
	path := filepath.Join("..", "..", "..", "testdata", photoFile)
	if *update {
		if err := os.WriteFile(path, takePhoto(t), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	data := readFile(t, path)
	const maxSize = 300 << 10
	if len(data) > maxSize {
		t.Errorf("the photo has %d bytes, want at most %d", len(data), maxSize)
	}
	config, err := jpeg.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if config.Width != sceneHeight || config.Height != sceneWidth {
		t.Errorf("the photo is %d by %d, want %d by %d", config.Width, config.Height, sceneHeight, sceneWidth)
	}
	if !bytes.Contains(data[:64], exifAPP1(6)) {
		t.Error("the photo does not say orientation 6")
	}
}

// takePhoto draws an evening at a lake and writes it as a camera would: lying
// on its side, with an orientation.
func takePhoto(t *testing.T) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, sceneHeight, sceneWidth))
	for y := range sceneHeight {
		for x := range sceneWidth {
			// Orientation 6 is to be turned clockwise, so it is stored turned the other way.
			m.SetRGBA(y, sceneWidth-1-x, expose(scene(float64(x), float64(y)), x, y))
		}
	}
	var out bytes.Buffer
	const quality = 80
	if err := jpeg.Encode(&out, m, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	return withEXIF(out.Bytes(), 6)
}

type rgb [3]float64

func mix(a, b rgb, t float64) rgb {
	t = min(max(t, 0), 1)
	for i := range a {
		a[i] += (b[i] - a[i]) * t
	}
	return a
}

// expose turns light into a pixel, with the grain of a sensor.
func expose(light rgb, x, y int) color.RGBA {
	grain := (lattice(x, y, 99) - 0.5) * 0.012
	var b [3]byte
	for i, v := range light {
		b[i] = byte(min(max(v+grain, 0), 1)*254 + 0.5)
	}
	return color.RGBA{b[0], b[1], b[2], 255}
}

// scene returns the light at a point: sky and mountains, or their mirror image
// on the water.
func scene(x, y float64) rgb {
	if ground := shore(x); y > ground {
		return meadow(x, y, ground)
	}
	if y < horizon {
		return land(x, y)
	}
	depth := (y - horizon) / (sceneHeight - horizon)
	ripple := (noise(x/90, y/(4+30*depth), 7) - 0.5) * 60 * depth
	mirrored := land(x+ripple, max(0, horizon-(y-horizon)*1.25+ripple))
	return mix(mirrored, rgb{0.05, 0.12, 0.2}, 0.25+0.35*depth)
}

func land(x, y float64) rgb {
	out := sky(x, y)
	far, near := rgb{0.50, 0.47, 0.62}, rgb{0.09, 0.14, 0.15}
	for i := range 4 {
		layer := float64(i)
		ridge := 560 + 105*layer - (330-65*layer)*relief(x/(380-50*layer)+11*layer, 0, i)
		if i == 3 {
			ridge -= forest(x)
		}
		if y <= ridge {
			continue
		}
		tone := mix(far, near, layer/3)
		tone = mix(tone, rgb{0.93, 0.72, 0.6}, max(0, 0.3-(y-ridge)/260)*(1-layer/3)) // evening on the crest
		rock := relief(x/70+y/110, y/60-x/150, 20+i) - 0.5
		out = mix(tone, rgb{0.8, 0.72, 0.72}, (y-ridge)/900) // haze in the valley
		for c := range out {
			out[c] += rock * 0.22 * (0.5 + layer/6)
		}
	}
	return out
}

// forest is how far the firs on the nearest ridge reach above it.
func forest(x float64) float64 {
	highest := 0.0
	for i := int(x/11) - 2; i <= int(x/11)+2; i++ {
		top := 14 + 26*lattice(i, 0, 70)
		from := math.Abs(x - 11*(float64(i)+lattice(i, 1, 70)))
		highest = max(highest, top-from*3.2)
	}
	return highest
}

func sky(x, y float64) rgb {
	t := y / horizon
	out := mix(rgb{0.16, 0.30, 0.58}, rgb{0.98, 0.74, 0.52}, t*1.25)
	drift := 90 * relief(x/300, y/160, 42)
	cloud := relief((x+2*y)/420, (y+drift-x/9)/75, 40)
	out = mix(out, rgb{1, 0.84, 0.76}, (cloud-0.46)*3.2*(1-t))
	sun := math.Hypot(x-800, y-400)
	out = mix(out, rgb{1, 0.93, 0.75}, 0.75*math.Exp(-sun*sun/60000))
	return mix(out, rgb{1, 0.98, 0.9}, (48-sun)/5)
}

// shore is where the meadow in front begins.
func shore(x float64) float64 {
	return 1440 - 90*relief(x/500, 0, 60) + 60*math.Sin(x/330)
}

func meadow(x, y, ground float64) rgb {
	blade := noise(x/3+noise(x/40, y/40, 61)*6, y/22, 62)
	out := mix(rgb{0.06, 0.10, 0.05}, rgb{0.30, 0.36, 0.12}, blade*0.8+(y-ground)/600)
	const cell = 11
	if cx, cy := int(x/cell), int(y/cell); lattice(cx, cy, 63) > 0.97 { // a flower
		out = mix(out, rgb{0.95, 0.8, 0.35}, 3.6-math.Hypot(x-cell*(float64(cx)+0.5), y-cell*(float64(cy)+0.5)))
	}
	return out
}

// relief is several octaves of noise, 0 to 1.
func relief(x, y float64, seed int) float64 {
	sum, weight := 0.0, 0.5
	for octave := range 6 {
		sum += weight * noise(x, y, seed*10+octave)
		x, y, weight = x*2.1, y*2.1, weight/2
	}
	return sum
}

// noise is smooth and random, 0 to 1.
func noise(x, y float64, seed int) float64 {
	fx, fy := math.Floor(x), math.Floor(y)
	ix, iy := int(fx), int(fy)
	ease := func(t float64) float64 { return t * t * (3 - 2*t) }
	tx, ty := ease(x-fx), ease(y-fy)
	top := lattice(ix, iy, seed)*(1-tx) + lattice(ix+1, iy, seed)*tx
	bottom := lattice(ix, iy+1, seed)*(1-tx) + lattice(ix+1, iy+1, seed)*tx
	return top*(1-ty) + bottom*ty
}

// lattice is random for every point and seed, 0 to 1, and always the same.
func lattice(x, y, seed int) float64 {
	h := uint32(x)*0x9e3779b1 ^ uint32(y)*0x85ebca77 ^ uint32(seed)*0xc2b2ae3d
	h = (h ^ h>>15) * 0x2c1b3c6d
	h = (h ^ h>>12) * 0x297a2d39
	return float64(h^h>>15) / math.MaxUint32
}
