"""A step by Flask: it answers the event with its data in brackets."""

import os

from flask import Flask, Response, request

app = Flask("step")


@app.post("/")
def step():
    headers = {name: value for name, value in request.headers.items() if name.lower().startswith("ce-")}
    return Response(b"[" + request.get_data() + b"]", headers=headers, content_type=request.content_type)


app.run(port=int(os.environ["PORT"]))
