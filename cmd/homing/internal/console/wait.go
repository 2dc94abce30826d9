package console

import (
	"os"
	"sync"
	"time"

	"github.com/briandowns/spinner"
)

// Patience is how long a wait lasts before something turns: what is quicker
// would only flicker.
const Patience = 300 * time.Millisecond

// Indicator shows text beside something that turns, until stop is called.
type Indicator func(text string) (stop func())

// Wait is a wait that a user watches. It is safe for concurrent use. The zero
// value shows nothing.
type Wait struct {
	show Indicator

	mu    sync.Mutex
	text  string
	timer *time.Timer
	stop  func() // takes the indicator away; nil while there is none
	over  bool
}

// Wait begins a wait: after [Patience] an indicator turns on the stream, if
// that is a terminal. The caller calls Stop.
func (s Stream) Wait(text string) *Wait {
	file, ok := s.Writer.(*os.File)
	if !ok || !s.Terminal || !s.Colour {
		return &Wait{}
	}
	return NewWait(text, func(text string) func() {
		const turn, dots = 100 * time.Millisecond, 14
		// Each one is new: a spinner of this library cannot always be restarted.
		sp := spinner.New(spinner.CharSets[dots], turn, spinner.WithWriterFile(file), spinner.WithSuffix(" "+text))
		sp.Start()
		return sp.Stop
	})
}

// NewWait begins a wait with an indicator of the caller's.
func NewWait(text string, show Indicator) *Wait {
	w := &Wait{show: show, text: text}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer = time.AfterFunc(Patience, w.begin)
	return w
}

func (w *Wait) begin() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.over && w.stop == nil {
		w.stop = w.show(w.text)
	}
}

// Say changes the text; "" leaves it as it is. Then it calls write, which may
// use the stream while nothing turns there; nil is left out.
func (w *Wait) Say(text string, write func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	turning := w.stop != nil
	if turning {
		w.stop()
		w.stop = nil
	}
	if write != nil {
		write()
	}
	if text != "" {
		w.text = text
	}
	if turning {
		w.stop = w.show(w.text)
	}
}

// Stop ends the wait and takes the indicator away. It may be called again.
func (w *Wait) Stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
	if w.timer != nil {
		w.timer.Stop()
	}
	if w.stop != nil {
		w.stop()
		w.stop = nil
	}
}
