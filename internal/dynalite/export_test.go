package dynalite

// Kill ends the process as the kernel does that is out of memory.
func (s *Server) Kill() error { return s.cmd.Process.Kill() }
