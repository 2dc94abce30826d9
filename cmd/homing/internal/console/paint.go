package console

import "github.com/fatih/color"

// Red returns text in the colour of what has failed.
func (s Stream) Red(text string) string { return s.paint(text, color.FgRed) }

// Green returns text in the colour of what went well.
func (s Stream) Green(text string) string { return s.paint(text, color.FgGreen) }

// Bold returns text in bold.
func (s Stream) Bold(text string) string { return s.paint(text, color.Bold) }

// Faint returns text that stands back.
func (s Stream) Faint(text string) string { return s.paint(text, color.Faint) }

// paint decides by the stream alone, and not by the process's own streams and
// environment as the colour library does.
func (s Stream) paint(text string, as ...color.Attribute) string {
	if !s.Colour || text == "" {
		return text
	}
	c := color.New(as...)
	c.EnableColor()
	return c.Sprint(text)
}
