"""The functions as Homing calls them: over HTTP."""

import http.client
import json
import threading
import unittest

import app


class App(unittest.TestCase):
    def setUp(self):
        self.server = app.server("127.0.0.1", 0)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def tearDown(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def post(self, path, body, kind="application/json"):
        connection = http.client.HTTPConnection(*self.server.server_address, timeout=10)
        self.addCleanup(connection.close)
        connection.request("POST", path, body, {"Content-Type": kind, "ce-id": "1", "ce-type": "homing.greeting"})
        response = connection.getresponse()
        return response.status, response.headers.get_content_type(), response.read()

    def test_greets(self):
        status, kind, body = self.post("/greet", '{"name": "Ada"}')
        self.assertEqual((status, kind, json.loads(body)), (200, "application/json", {"text": "Hello, Ada"}))

    def test_refuses(self):
        for path, body, want in [("/greet", "{}", 422), ("/greet", "{", 400), ("/nobody", "{}", 404)]:
            status, kind, _ = self.post(path, body)
            self.assertEqual((status, kind), (want, "application/problem+json"), (path, body))


if __name__ == "__main__":
    unittest.main()
