// A client that must not type-check.
import type { components } from "./schema.js";

export const order: components["schemas"]["order"] = { lines: "many" };
