"""Runs a command on a terminal of its own and presses Enter at every question. Its output goes to this one's."""

import os
import pty
import sys

SECONDS_OF_QUIET = 0.3  # a prompt that nothing follows

pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])

import select  # noqa: E402

shown, answered = b"", 0
while True:
    ready, _, _ = select.select([terminal], [], [], SECONDS_OF_QUIET)
    if not ready:
        if shown.endswith(b": ") and len(shown) > answered:
            answered = len(shown)
            os.write(terminal, b"\n")
        continue
    try:
        more = os.read(terminal, 1 << 16)
    except OSError:  # the command has ended
        break
    if not more:
        break
    shown += more
    sys.stdout.buffer.write(more)
    sys.stdout.flush()
_, status = os.waitpid(pid, 0)
sys.exit(os.waitstatus_to_exitcode(status))
