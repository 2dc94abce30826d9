package dynamodb

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"io"
)

// The first byte of what is stored says what follows.
const (
	formPlain   = 'p' // the reply as package encoding writes it
	formDeflate = 'z' // its length as uvarint, and DEFLATE (RFC 1951)
)

const (
	// minCompressed is from which size on compressing may save a write unit.
	minCompressed = 1 << 10
	// probe is how much is compressed to find out whether the rest is worth
	// the time: an image or an archive is not.
	probe = 32 << 10
	// maxInflated bounds what is believed of a stored length.
	maxInflated = 1 << 30
)

// pack compresses a reply, unless that does not make it smaller.
func (s *Store) pack(plain []byte) []byte {
	if len(plain) >= minCompressed {
		if packed, ok := s.deflate(plain); ok {
			return packed
		}
	}
	return append([]byte{formPlain}, plain...)
}

func (s *Store) deflate(plain []byte) (packed []byte, smaller bool) {
	if len(plain) > 2*probe {
		start, end := plain[:probe], plain[len(plain)-probe:]
		if len(s.deflated(nil, start)) >= probe && len(s.deflated(nil, end)) >= probe {
			return nil, false
		}
	}
	packed = s.deflated(binary.AppendUvarint([]byte{formDeflate}, uint64(len(plain))), plain)
	return packed, len(packed) < len(plain)
}

// deflated appends plain to dst, compressed.
func (s *Store) deflated(dst, plain []byte) []byte {
	out := bytes.NewBuffer(dst)
	w, ok := s.compressors.Get().(*flate.Writer)
	if ok {
		w.Reset(out)
	} else {
		w, _ = flate.NewWriter(out, flate.BestSpeed) // fails for another level only
	}
	_, _ = w.Write(plain) // a buffer takes everything
	_ = w.Close()
	s.compressors.Put(w)
	return out.Bytes()
}

// unpack reads what pack wrote.
func unpack(packed []byte) ([]byte, error) {
	if len(packed) == 0 {
		return nil, malformed(attrData)
	}
	switch form, rest := packed[0], packed[1:]; form {
	case formPlain:
		return rest, nil
	case formDeflate:
		size, n := binary.Uvarint(rest)
		if n <= 0 || size > maxInflated {
			return nil, malformed(attrData)
		}
		return inflate(rest[n:], int64(size))
	default:
		return nil, malformed(attrData)
	}
}

func inflate(packed []byte, size int64) ([]byte, error) {
	r := flate.NewReader(bytes.NewReader(packed))
	var out bytes.Buffer // grows with what is there, not with what is promised
	n, err := io.Copy(&out, io.LimitReader(r, size+1))
	if err != nil || n != size {
		return nil, malformed(attrData)
	}
	return out.Bytes(), nil
}
