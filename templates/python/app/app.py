"""Serves the functions of this folder over HTTP, as steps of chain.yaml.

POST /NAME calls handle(data, event) of functions/NAME.py: data is that of the
event, read as JSON if it is JSON and bytes otherwise, and event has the other
attributes, as texts. What handle returns is the data of the result: bytes as they
are, None for no result at all, and anything else as JSON. A Problem that it raises
is answered with its status; any other exception is logged and is a 500.
"""

import importlib
import json
import logging
import os
import pkgutil
import re
import signal
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import functions


def load():
    """Returns the functions by name: one for each module of the package functions."""
    names = [m.name for m in pkgutil.iter_modules(functions.__path__)]
    return {name: importlib.import_module("functions." + name).handle for name in names}


class Handler(BaseHTTPRequestHandler):
    """Calls a function for each POST."""

    protocol_version = "HTTP/1.1"  # connections are used again
    handlers = {}

    def do_GET(self):
        if self.path.startswith("/health/"):
            self.answer(200, b"OK\n", "text/plain; charset=utf-8")
        else:
            self.problem(404, "there is no such path")

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        handle = self.handlers.get(self.path.partition("?")[0].strip("/"))
        if handle is None:
            self.problem(404, "there is no such function; known are " + ", ".join(sorted(self.handlers)))
            return
        try:
            result = handle(self.data(body), self.event())
        except functions.Problem as problem:
            self.problem(problem.status, problem.detail)
            return
        except Exception:  # it is logged, and the caller gets an answer
            logging.exception("the function at %s failed", self.path)
            self.problem(500, "")
            return
        if result is None:
            self.answer(204, b"", "")
        elif isinstance(result, bytes):
            self.answer(200, result, "application/octet-stream")
        else:
            self.answer(200, json.dumps(result, ensure_ascii=False).encode(), "application/json")

    def data(self, body):
        if not re.fullmatch(r"application/(.+\+)?json", self.headers.get_content_type()):
            return body
        try:
            return json.loads(body)
        except ValueError as err:
            raise functions.Problem(400, f"the data is not JSON: {err}") from err

    def event(self):
        return {k[3:].lower(): urllib.parse.unquote(v) for k, v in self.headers.items() if k.lower().startswith("ce-")}

    def problem(self, status, detail):
        text = json.dumps({"status": status, "detail": detail} if detail else {"status": status})
        self.answer(status, text.encode(), "application/problem+json")

    def answer(self, status, body, kind):
        self.send_response(status)
        if kind:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):  # one line for each call is Homing's
        pass


def server(host, port):
    Handler.handlers = load()
    return ThreadingHTTPServer((host, port), Handler)


def main():
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    with server(os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "9000"))) as s:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: threading.Thread(target=s.shutdown).start())
        logging.info("serving %s on http://%s:%d", ", ".join(sorted(Handler.handlers)), *s.server_address[:2])
        s.serve_forever()


if __name__ == "__main__":
    main()
