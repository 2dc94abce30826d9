"""Runs moto's server of one service, named by the argument, or of all, on a free port of 127.0.0.1, until the input ends."""

import os
import sys
import threading


def end_with_input() -> None:
    sys.stdin.read()
    os._exit(0)


threading.Thread(target=end_with_input, daemon=True).start()

from moto.server import DomainDispatcherApplication, create_backend_app  # noqa: E402
from werkzeug.serving import WSGIRequestHandler, run_simple  # noqa: E402

moto = DomainDispatcherApplication(create_backend_app) if sys.argv[1] == "all" else create_backend_app(sys.argv[1])
turn = threading.Lock()


def one_by_one(environ, start_response):
    """Answers a call. moto checks a condition and writes in two steps, so two
    conditional writes at once could both succeed, which DynamoDB rules out."""
    with turn:
        return moto(environ, start_response)


class KeepAlive(WSGIRequestHandler):
    """Keeps connections open and writes no log."""

    protocol_version = "HTTP/1.1"

    def log_request(self, *_):
        pass


run_simple("127.0.0.1", 0, one_by_one, threaded=True, request_handler=KeepAlive)
