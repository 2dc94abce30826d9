package httpevent

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// maxPrelude is up to which size a prelude is read, in bytes. The headers that
// API Gateway passes on end far below.
const maxPrelude = 64 << 10

// DecodeStream reads the prelude of a streamed answer to an event of src. The
// answer has no body: what the reader still gives is the body, and comes as it
// is written.
func DecodeStream(r io.Reader, src Source) (Answer, io.Reader, error) {
	buffered := bufio.NewReaderSize(r, streamBuffer)
	prelude, err := readPrelude(buffered)
	if err != nil {
		return Answer{}, nil, err
	}
	f := answerFields{status: "200"}
	if err := f.start(prelude); err != nil {
		return Answer{}, nil, preludeError(err)
	}
	if err := f.document(f.member); err != nil {
		return Answer{}, nil, preludeError(err)
	}
	f.body, f.base64 = nil, false
	answer, err := f.answer(src)
	if err != nil {
		return Answer{}, nil, preludeError(err)
	}
	return answer, buffered, nil
}

func preludeError(err error) error {
	return fmt.Errorf("the prelude of the function's answer: %w", err)
}

// readPrelude reads until eight zero bytes, which no JSON contains.
func readPrelude(r *bufio.Reader) ([]byte, error) {
	var prelude []byte
	zeros := 0
	for zeros < preludeEnd {
		c, err := r.ReadByte()
		switch {
		case errors.Is(err, io.EOF):
			return nil, preludeError(fmt.Errorf("it ends after %d bytes without %d zero bytes: %w", len(prelude), preludeEnd, io.ErrUnexpectedEOF))
		case err != nil:
			return nil, preludeError(err)
		case c == 0:
			zeros++
		case zeros > 0:
			return nil, preludeError(fmt.Errorf("it is followed by %d zero bytes, not %d", zeros, preludeEnd))
		case len(prelude) == maxPrelude:
			return nil, preludeError(fmt.Errorf("it is larger than %d bytes", maxPrelude))
		default:
			prelude = append(prelude, c)
		}
	}
	return prelude, nil
}
