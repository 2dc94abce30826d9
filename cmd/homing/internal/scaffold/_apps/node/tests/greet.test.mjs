import assert from "node:assert/strict";
import { test } from "node:test";

import greet from "../functions/greet.mjs";

test("greets", () => {
  assert.deepEqual(greet({ name: "Ada" }), { text: "Hello, Ada" });
});

test("refuses nobody", () => {
  assert.throws(() => greet({}), { status: 422 });
});
