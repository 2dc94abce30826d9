// The functions as Homing calls them: over HTTP.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { server } from "../app.mjs";

let app;
before(async () => {
  app = await server();
  await new Promise((listening) => app.listen(0, "127.0.0.1", listening));
});
after(() => app.close());

async function post(path, body) {
  const headers = { "Content-Type": "application/json", "ce-id": "1", "ce-type": "homing.greeting" };
  const response = await fetch(`http://127.0.0.1:${app.address().port}${path}`, { method: "POST", body, headers });
  return [response.status, response.headers.get("content-type"), await response.text()];
}

test("greets", async () => {
  assert.deepEqual(await post("/greet", '{"name":"Ada"}'), [200, "application/json", '{"text":"Hello, Ada"}']);
});

test("refuses", async () => {
  for (const [path, body, want] of [["/greet", "{}", 422], ["/greet", "{", 400], ["/nobody", "{}", 404]]) {
    const [status, type] = await post(path, body);
    assert.deepEqual([status, type], [want, "application/problem+json"]);
  }
});
