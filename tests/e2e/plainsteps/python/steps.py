"""What a step answers, by the field "do" of what it gets."""

import gzip
import json
import time

from flask import Response, abort, jsonify, redirect


def answer(request, by):
    order = request.get_json()
    do = order.get("do")
    if do == "text":
        return Response("fine\n", content_type="text/plain; charset=utf-8")
    if do == "bytes":
        return Response(b"\x89PNG\x00\xff", content_type="image/png")
    if do == "created":
        return jsonify(by=by), 201
    if do == "gzip":
        body = gzip.compress(json.dumps({"by": by}).encode(), mtime=0)
        return Response(body, content_type="application/json", headers={"Content-Encoding": "gzip"})
    if do == "broken":
        return Response('{"by":', content_type="application/json")
    if do == "typeless":
        return Response("x", content_type="a/b; c")
    if do == "raise":
        raise KeyError("a secret of the step")
    if do == "abort":
        abort(400)
    if do == "refuse":
        problem = json.dumps({"title": "Out of stock", "status": 422, "detail": "by " + by})
        return Response(problem, status=422, content_type="application/problem+json")
    if do == "empty":
        return ""
    if do == "none":
        return "", 204
    if do == "redirect":
        return redirect("/elsewhere")
    if do == "slow":
        time.sleep(30)  # longer than anybody waits
    return jsonify(by=by, n=order["n"] + 1, id="Ce-Id" in request.headers, key=request.headers.get("X-Key"))
