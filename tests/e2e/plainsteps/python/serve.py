"""Serves the steps of Flask and of functions-framework, and prints their URLs."""

import pathlib
import sys
import threading

import flask
import functions_framework
from werkzeug.serving import make_server

import steps

here = pathlib.Path(__file__).parent
app = flask.Flask("steps")


@app.post("/")
def handle():
    return steps.answer(flask.request, "flask")


def framework(target, signature):
    return functions_framework.create_app(target, str(here / "functions.py"), signature)


apps = {"flask": app, "plain": framework("plain", "http"), "event": framework("event", "cloudevent")}
for name, one in apps.items():
    server = make_server("127.0.0.1", 0, one, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"URL {name} http://127.0.0.1:{server.port}/", flush=True)
print("READY", flush=True)
sys.stdin.read()  # until the test has gone
