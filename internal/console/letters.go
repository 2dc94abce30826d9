package console

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/deadletter"
	"github.com/homing-dev/homing/internal/letterbox"
	"github.com/homing-dev/homing/internal/problem"
)

const (
	// maxLetters is how many dead letters are listed.
	maxLetters = 200
	// lettersTime is how long the store may take for that.
	lettersTime = 10 * time.Second
)

type letterView struct {
	Key       string    `json:"key"`
	Kept      time.Time `json:"kept"`
	Request   string    `json:"request,omitempty"`
	Chain     string    `json:"chain,omitempty"`
	Step      string    `json:"step,omitempty"`
	Reason    string    `json:"reason,omitempty"`
	Detail    string    `json:"detail,omitempty"`
	Tries     int       `json:"tries,omitempty"`
	Event     string    `json:"event,omitempty"`
	EventSize int       `json:"eventSize,omitempty"`
}

// box is where dead letters are; nil if the store has none.
func (r *Recorder) box() letterbox.Box {
	if keeper, ok := r.Store.(letterbox.Keeper); ok {
		return keeper.Letters(letterbox.Limits{}.WithDefaults())
	}
	return nil
}

// letters lists the dead letters that the store has, the latest first.
func (r *Recorder) letters(w http.ResponseWriter, req *http.Request) {
	box := r.box()
	if box == nil {
		problem.Write(w, functions.Errorf(http.StatusNotFound, "the reply store of this process has no dead letters; HOMING_STORE names one that may"))
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
		all = append(all, r.letterView(l))
	}
	slices.SortFunc(all, func(a, b letterView) int { return b.Kept.Compare(a.Kept) })
	respond(w, map[string]any{"letters": all, "more": more})
}

func (r *Recorder) letterView(l letterbox.Letter) letterView {
	v := letterView{Key: l.Key, Kept: l.Kept}
	letter, err := deadletter.Open(string(l.Body))
	if err != nil {
		v.Detail = err.Error()
		return v
	}
	v.Request, v.Chain, v.Step, v.Reason, v.Detail, v.Tries = letter.RequestID, letter.Chain, letter.Step, string(letter.Reason), letter.Detail, letter.Tries
	p := payload{data: letter.Event[:min(len(letter.Event), r.Limits.Body)], size: len(letter.Event)}
	v.Event, v.EventSize = string(p.text()), p.size
	return v
}
