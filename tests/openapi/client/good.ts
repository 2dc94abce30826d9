// A client by the types of the document. It is type-checked and never run.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

const client = createClient<paths>({ baseUrl: "" });

export async function place(): Promise<bigint> {
  const { data, error, response } = await client.POST("/shops/{shop}/orders", {
    params: { path: { shop: "corner" }, header: { "Idempotency-Key": "k" } },
    body: { lines: [{ sku: "tea", quantity: 2 }], notes: { to: "Ada" } },
  });
  if (error) {
    const problem = error as components["schemas"]["Problem"];
    throw new Error(problem.errors?.map((e) => `${e.pointer}: ${e.detail}`).join() ?? problem.title);
  }
  if (!data || "location" in data) {
    throw new Error(`accepted: ${response.headers.get("Location")}`); // by a call that prefers it alone
  }
  const at: string = data.at;
  return BigInt(data.total) + BigInt(at.length);
}

export async function all(after?: string): Promise<string[]> {
  const { data } = await client.GET("/shops/{shop}/orders", { params: { path: { shop: "corner" }, query: { after } } });
  if (!data || "location" in data) {
    return [];
  }
  const next: string | null = data.next;
  return [...(data.items ?? []).map((r) => r.id), next ?? ""];
}

export const deep = (c: components["schemas"]["category"]): number => Math.max(0, ...(c.subs ?? []).map(deep)) + 1;
