package main

import (
	"bytes"
	"fmt"
	"math"
)

// plot over two logarithmic axes.
type plot struct {
	title, x, y string
	xs, ys      [2]float64 // ranges
	curves      curves
}

// Size of a plot in pixels: the whole, the frame, and the legend.
const (
	width, height             = 920, 560
	left, right, top, bottom  = 80, 560, 50, 490
	legendX, legendY, legendH = 585, 70, 26
	tickGap                   = 18
)

// style of the curves: colours that are distinct for those who see few, and dashes.
func style(i int) (colour, dash string) {
	colours := []string{"#888888", "#b07aa1", "#9c755f", "#4e79a7", "#f28e2b", "#59a14f", "#d62728"}
	if i == reference {
		return colours[i], "6 4"
	}
	if i < pollers { // what is compared with
		return colours[i], "2 3"
	}
	return colours[i], "none"
}

func (p plot) px(x float64) float64 { return along(x, p.xs, left, right) }
func (p plot) py(y float64) float64 { return along(y, p.ys, bottom, top) }

func along(v float64, span [2]float64, from, to float64) float64 {
	part := (math.Log(v) - math.Log(span[0])) / (math.Log(span[1]) - math.Log(span[0]))
	return from + part*(to-from)
}

// svg draws.
func (p plot) svg() []byte {
	var b bytes.Buffer
	write(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13">`+"\n", width, height)
	write(&b, `<rect width="%d" height="%d" fill="white"/>`+"\n", width, height)
	write(&b, `<text x="%d" y="30" font-size="15" font-weight="bold">%s</text>`+"\n", left, p.title)
	p.axes(&b)
	write(&b, `<clipPath id="frame"><rect x="%d" y="%d" width="%d" height="%d"/></clipPath>`+"\n", left, top, right-left, bottom-top)
	for i, c := range p.curves {
		p.draw(&b, i, c)
	}
	write(&b, "</svg>\n")
	return b.Bytes()
}

func (p plot) draw(b *bytes.Buffer, i int, c curve) {
	colour, dash := style(c.style)
	write(b, `<polyline clip-path="url(#frame)" fill="none" stroke="%s" stroke-width="2" stroke-dasharray="%s" points="`, colour, dash)
	for j := range c.x {
		write(b, "%.1f,%.1f ", p.px(c.x[j]), p.py(c.y[j]))
	}
	write(b, `"/>`+"\n")
	for j := range c.x {
		write(b, `<circle clip-path="url(#frame)" cx="%.1f" cy="%.1f" r="3" fill="%s"/>`+"\n", p.px(c.x[j]), p.py(c.y[j]), colour)
	}
	y := legendY + i*legendH
	write(b, `<line x1="%d" y1="%d" x2="%d" y2="%d" stroke="%s" stroke-width="2" stroke-dasharray="%s"/>`+"\n",
		legendX, y, legendX+30, y, colour, dash)
	write(b, `<text x="%d" y="%d">%s</text>`+"\n", legendX+38, y+4, c.name)
}

func (p plot) axes(b *bytes.Buffer) {
	write(b, `<rect x="%d" y="%d" width="%d" height="%d" fill="none" stroke="black"/>`+"\n", left, top, right-left, bottom-top)
	for _, t := range ticks(p.xs) {
		write(b, `<line x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="#dddddd"/>`+"\n", p.px(t), top, p.px(t), bottom)
		write(b, `<text x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n", p.px(t), bottom+tickGap, label(t))
	}
	for _, t := range ticks(p.ys) {
		write(b, `<line x1="%d" y1="%.1f" x2="%d" y2="%.1f" stroke="#dddddd"/>`+"\n", left, p.py(t), right, p.py(t))
		write(b, `<text x="%d" y="%.1f" text-anchor="end">%s</text>`+"\n", left-6, p.py(t)+4, label(t))
	}
	write(b, `<text x="%d" y="%d" text-anchor="middle">%s</text>`+"\n", (left+right)/2, bottom+45, p.x)
	write(b, `<text transform="translate(25 %d) rotate(-90)" text-anchor="middle">%s</text>`+"\n", (top+bottom)/2, p.y)
}

// ticks are the powers of ten of a range.
func ticks(span [2]float64) []float64 {
	var out []float64
	for e := math.Ceil(math.Log10(span[0])); math.Pow(10, e) <= span[1]; e++ {
		out = append(out, math.Pow(10, e))
	}
	return out
}

func label(v float64) string { return fmt.Sprintf("%g", v) }
