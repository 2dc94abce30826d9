"""Greets a person."""

from functions import Problem


def handle(data, event):
    if not isinstance(data, dict) or not data.get("name"):
        raise Problem(422, "the name is missing")
    return {"text": "Hello, " + str(data["name"])}
