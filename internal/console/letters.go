package console

import (
	"context"
	"net/http"
	"time"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/letterbox"
	"github.com/homing-dev/homing/internal/problem"
)

const (
	// maxLetters is how many dead letters are listed.
	maxLetters = 200
	// lettersTime is how long the store may take for that.
	lettersTime = 10 * time.Second
)

// letterView is a letter as it is kept; the page reads it.
type letterView struct {
	Key  string    `json:"key"`
	Kept time.Time `json:"kept"`
	Size int       `json:"size"`
	Body string    `json:"body,omitempty"` // without credentials; "" if it is too large
}

// box is where dead letters are; nil if the store has none.
func (r *Recorder) box() letterbox.Box {
	if keeper, ok := r.Store.(letterbox.Keeper); ok {
		return keeper.Letters(letterbox.Limits{}.WithDefaults())
	}
	return nil
}

// letters lists the dead letters that the store has, in no order.
func (r *Recorder) letters(w http.ResponseWriter, req *http.Request) {
	box := r.box()
	if box == nil {
		problem.Write(w, functions.Errorf(http.StatusNotFound,
			"the reply store of this process has no dead letters; HOMING_STORE names one that may"))
		return
	}
	ctx, cancel := context.WithTimeout(req.Context(), lettersTime)
	defer cancel()
	all, more := []letterView{}, false
	for l, err := range box.List(ctx) {
		if err != nil {
			problem.Write(w, functions.Errorf(http.StatusBadGateway, "the reply store does not list its dead letters: %w", err))
			return
		}
		if more = len(all) == maxLetters; more {
			break
		}
		view := letterView{Key: l.Key, Kept: l.Kept, Size: len(l.Body)}
		if view.Size <= r.Limits.Body {
			view.Body = redactLetter(l.Body)
		}
		all = append(all, view)
	}
	respond(w, map[string]any{"letters": all, "more": more})
}
