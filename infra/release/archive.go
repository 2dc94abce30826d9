package main

import (
	"archive/tar"
	"archive/zip"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// entry is a file in an archive.
type entry struct {
	name string
	data []byte
	mode fs.FileMode
}

// Modes of entries.
const (
	plain      fs.FileMode = 0o644
	executable fs.FileMode = 0o755
)

// archive writes the program with its licence: for Windows as .zip, else .tar.gz.
func (r *release) archive(p platform, program string) error {
	entries, err := r.entries("", program)
	if err != nil {
		return err
	}
	name := r.file(fmt.Sprintf("homing_%s_%s_%s", r.version(), p.os, p.arch))
	if p.os == "windows" {
		return writeFile(name+".zip", func(w io.Writer) error { return writeZip(w, r.time, entries) })
	}
	return writeFile(name+".tar.gz", func(w io.Writer) error { return writeTar(w, r.time, entries) })
}

// entries are the program, its licence and what to read first, below a folder.
func (r *release) entries(folder, program string) ([]entry, error) {
	var all []entry
	for _, f := range []struct {
		path string
		mode fs.FileMode
	}{
		{program, executable},
		{filepath.Join(r.source, "LICENSE"), plain},
		{filepath.Join(r.source, "README.md"), plain},
	} {
		data, err := os.ReadFile(f.path)
		if err != nil {
			return nil, err
		}
		all = append(all, entry{folder + filepath.Base(f.path), data, f.mode})
	}
	return all, nil
}

// writeFile creates a file, which is removed again if it cannot be written whole.
func writeFile(path string, write func(io.Writer) error) error {
	f, err := os.Create(path) //nolint:gosec // below the folder for the files
	if err != nil {
		return err
	}
	if err := cmp.Or(write(f), f.Close()); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(path))
	}
	return nil
}

func writeTar(w io.Writer, at time.Time, entries []entry) error {
	packed, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	t := tar.NewWriter(packed)
	for _, e := range entries {
		header := &tar.Header{Name: e.name, Mode: int64(e.mode), Size: int64(len(e.data)), ModTime: at, Format: tar.FormatPAX}
		if err := t.WriteHeader(header); err != nil {
			return err
		}
		if _, err := t.Write(e.data); err != nil {
			return err
		}
	}
	return cmp.Or(t.Close(), packed.Close())
}

func writeZip(w io.Writer, at time.Time, entries []entry) error {
	z := zip.NewWriter(w)
	for _, e := range entries {
		header := &zip.FileHeader{Name: e.name, Method: zip.Deflate, Modified: at}
		header.SetMode(e.mode)
		file, err := z.CreateHeader(header)
		if err != nil {
			return err
		}
		if _, err := file.Write(e.data); err != nil {
			return err
		}
	}
	return z.Close()
}

// checksums writes the SHA-256 of all files, as sha256sum reads them.
func (r *release) checksums() error {
	files, err := os.ReadDir(r.out)
	if err != nil {
		return err
	}
	return writeFile(r.file("checksums.txt"), func(w io.Writer) error {
		for _, f := range files {
			data, err := os.ReadFile(r.file(f.Name()))
			if err != nil {
				return err
			}
			if _, err := fmt.Fprintf(w, "%x  %s\n", sha256.Sum256(data), f.Name()); err != nil {
				return err
			}
		}
		return nil
	})
}
