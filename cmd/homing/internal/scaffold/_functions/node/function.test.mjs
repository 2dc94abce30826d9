import assert from "node:assert/strict";
import { test } from "node:test";

import handle from "../functions/{{homing.file}}.mjs";

test("{{homing.function}} returns its data", () => {
  assert.deepEqual(handle({ name: "Ada" }, {}), { name: "Ada" });
});
